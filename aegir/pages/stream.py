"""A task's page as it happens: server-sent events until the task is over."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from asgiref.sync import sync_to_async
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from aegir import access
from aegir.access import Actor
from aegir.models import Task, TaskLine

PAUSE = 0.4
"""Seconds between two looks at the ledger."""
LONGEST = 600
"""Looks after which a stream ends; the browser opens the next by itself, and who has gone does not."""
BATCH = 500


@dataclass
class Watched:
    """How far one reader has seen a task."""

    number: int
    after: int
    head: str = ""

    def look(self) -> tuple[list[str], bool]:
        """The events since the last look, and whether there can be more."""
        task = Task.objects.get(pk=self.number)  # Before the lines: once it is over, none can follow.
        lines = list(task.lines.filter(id__gt=self.after)[:BATCH])
        events = [self._lines(lines)] if lines else []
        head = render_to_string("_task.html", {"task": task, "steps": task.steps.all(), "live": True})
        if head != self.head:
            self.head = head
            events.append(_event("task", head))
        over = task.over and len(lines) < BATCH
        return [*events, _event("over", "")] if over else events, over

    def _lines(self, lines: list[TaskLine]) -> str:
        self.after = lines[-1].pk
        return _event("lines", render_to_string("_lines.html", {"lines": lines}), self.after)


@require_GET
async def stream(request: HttpRequest, number: int) -> HttpResponseBase:
    """The events from the line after ``?after=`` on, or after the last that a dropped stream gave."""
    actor = await sync_to_async(access.actor_of)(await request.auser())
    if actor is None or not await access.tasks(actor).filter(pk=number).aexists():
        return HttpResponse(status=204)  # Tells an event source not to come back.
    after = request.headers.get("Last-Event-ID") or request.GET.get("after", "")
    watched = Watched(number, int(after) if after.isascii() and after.isdigit() else 0)
    return StreamingHttpResponse(_events(watched), content_type="text/event-stream")


@require_GET
async def live(request: HttpRequest) -> HttpResponseBase:
    """``changed`` whenever something that ``?about=`` names has changed: «sites», «tasks», «site:12» …"""
    actor = await sync_to_async(access.actor_of)(await request.auser())
    if actor is None:
        return HttpResponse(status=204)
    return StreamingHttpResponse(_changes(actor), content_type="text/event-stream")


async def _changes(actor: Actor) -> AsyncIterator[str]:
    look = sync_to_async(lambda: access.tasks(actor).aggregate(Max("pk"), Max("started_at"), Max("ended_at")))
    seen = await look()
    for _ in range(LONGEST):
        await asyncio.sleep(PAUSE * 2)
        now = await look()
        if now != seen:
            seen = now
            yield _event("changed", "")


async def _events(watched: Watched) -> AsyncIterator[str]:
    look = sync_to_async(watched.look)
    for _ in range(LONGEST):
        events, over = await look()
        for event in events:
            yield event
        if over:
            return
        await asyncio.sleep(PAUSE)


def _event(name: str, text: str, number: int | None = None) -> str:
    head = f"event: {name}\n" + (f"id: {number}\n" if number else "")
    return head + "".join(f"data: {line}\n" for line in text.splitlines() or [""]) + "\n"
