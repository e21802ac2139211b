"""What an open page is told as it happens: server-sent events, one stream a page.

``live?about=sites`` says «changed» whenever something has changed that its reader may see; a page about one
task is given its lines, steps and state themselves.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from importlib import import_module

from asgiref.sync import sync_to_async
from django.conf import settings
from django.contrib.auth import aget_user, get_user
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.views.decorators.http import require_GET

from aegir import access
from aegir.access import Actor
from aegir.models import Task
from aegir.pages import filters, tasks
from aegir.pages.ledger_watch import About, News, since, visible
from aegir.pages.tasks import Rights
from aegir.pages.watching import Watcher, watching

PATIENCE = 15.0
"""Seconds after which a stream with nothing to say says that it is there, which finds out who has gone."""
CHECK = 30.0
"""Seconds between two looks at whether the reader is still signed in, and may still see this."""
LONGEST = 900.0
"""Seconds after which a stream ends; the browser opens the next by itself, where this one left off."""
GAP = 1.0
"""Seconds that lie at least between two «changed»: a page that is drawn anew more often cannot be read."""
BATCH = 500
"""Lines in one event."""


@dataclass
class Reader:
    """Who watches what, as long as he may."""

    actor: Actor
    about: About
    session: str
    left: bool = False
    """Whether he has signed out, was shut out, or what he watches is his no more."""
    begun: float = field(default_factory=time.monotonic)
    checked: float = field(default_factory=time.monotonic)

    async def stays(self, watcher: Watcher) -> bool:
        """Whether to go on. Asks now and then whether he still may."""
        if time.monotonic() - self.checked >= CHECK:
            self.checked = time.monotonic()
            actor = await watcher.run(self._again)
            self.left = actor is None
            self.actor = actor or self.actor
        return not self.left and time.monotonic() - self.begun < LONGEST

    def _again(self) -> Actor | None:
        request = HttpRequest()
        request.session = import_module(settings.SESSION_ENGINE).SessionStore(self.session)
        actor = access.actor_of(get_user(request))
        return actor if actor is not None and visible(actor, self.about) else None


@require_GET
async def live(request: HttpRequest) -> HttpResponseBase:
    """The events of a page about ``?about=``, from what it showed at ``?since=`` (seconds) on; of a task,
    from the line after ``?after=``. ``?last=`` is for what a browser cannot say as header: the last event
    that a page was told before it closed its stream itself."""
    user = await aget_user(request)
    about = About.parse(request.GET.get("about", ""))
    actor = await sync_to_async(access.actor_of)(user)
    if actor is None or about is None or not await sync_to_async(visible)(actor, about):
        return HttpResponse(status=204)
    reader = Reader(actor, about, request.session.session_key or "")
    last = request.headers.get("Last-Event-ID", "") or request.GET.get("last", "")
    if about.noun == "task" and about.number is not None:
        events = _task(reader, about.number, _number(last or request.GET.get("after", "")))
    else:
        events = _changes(reader, last, _number(request.GET.get("since", "")))
    return StreamingHttpResponse(events, content_type="text/event-stream")


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0


async def _changes(reader: Reader, last: str, shown: int) -> AsyncIterator[str]:
    """«changed», each with an id that a stream which broke off can go on from."""
    with watching() as watcher:
        await watcher.ready()
        number, told = watcher.number, 0.0
        name, _, seen = last.partition(".")
        if name == watcher.name:
            number = min(_number(seen), number)
        elif last or (shown and await watcher.run(lambda: _missed(reader, shown))):
            yield _event("changed", "")  # nobody knows what was missed
        yield _mark(watcher, number)
        while await reader.stays(watcher):
            number, news = await watcher.next(number, PATIENCE)
            if news is None or any([await _concerns(watcher, reader, each) for each in news]):
                await asyncio.sleep(max(0.0, told + GAP - time.monotonic()))
                told = time.monotonic()
                yield _event("changed", "", f"{watcher.name}.{number}")
            elif not news:
                yield _mark(watcher, number)
        if reader.left:
            yield _event("over", "")


def _mark(watcher: Watcher, number: int) -> str:
    """Says that we are there, and from where to go on; browsers show nothing of it to the page."""
    return f"id: {watcher.name}.{number}\n\n"


async def _concerns(watcher: Watcher, reader: Reader, news: News) -> bool:
    known = news.answers.get((reader.actor, reader.about))
    if known is not None:
        return bool(known)
    return await watcher.run(lambda: news.seen_by(reader.actor, reader.about))


def _missed(reader: Reader, shown: int) -> bool:
    """Whether something happened between the making of the page and the beginning of its stream."""
    try:
        moment = datetime.fromtimestamp(shown - 1, UTC)
    except (OverflowError, ValueError, OSError):
        return False
    return since(moment).seen_by(reader.actor, reader.about)


@dataclass(frozen=True)
class View:
    """A task at one moment, as its page shows it."""

    lines: str
    last: int
    parts: dict[str, str]
    """What else the page shows of it, by the name of its event."""
    waits: bool
    more: bool
    """Whether there are lines left."""
    over: bool


def view(number: int, after: int, rights: Rights) -> View:
    """The lines after that one, and head and steps as they are now."""
    task = Task.objects.get(pk=number)  # Before the lines: once it is over, none can follow.
    log = rights.words.log(task).filter(id__gt=after)
    lines = rights.words.lines(log[:BATCH])
    context = tasks.state(task, rights)
    return View(
        lines=filters.log(lines),
        last=lines[-1].id if lines else after,
        parts={
            "task": render_to_string("tasks/_head.html", context),
            "steps": render_to_string("tasks/_steps.html", context),
        },
        waits=task.state == Task.State.QUEUED,
        more=len(lines) == BATCH,
        over=task.over,
    )


async def _task(reader: Reader, number: int, after: int) -> AsyncIterator[str]:
    """Lines, state and steps of one task, until it is over."""
    with watching() as watcher:
        await watcher.ready()
        shown: dict[str, str] = {}
        seen = watcher.number
        rights = await watcher.run(lambda: Rights.of(reader.actor, access.task(reader.actor, number)))
        while await reader.stays(watcher):
            now = await watcher.once((number, after, rights), partial(view, number, after, rights))
            if now.lines:
                after = now.last
                yield _event("lines", now.lines, str(after))
            for name, text in now.parts.items():
                if shown.get(name) != text:
                    shown[name] = text
                    yield _event(name, text)
            if now.more:
                continue
            if now.over:
                break
            comes = False
            while not comes and await reader.stays(watcher):
                seen, news = await watcher.next(seen, PATIENCE)
                comes = news is None or any(_moves(each, number, now.waits) for each in news)
                if news == []:
                    yield ": still here\n\n"
        else:
            if not reader.left:
                return  # only for now
        yield _event("over", "")


def _moves(news: News, number: int, waits: bool) -> bool:
    """Whether the page of that task changes; one that waits has others before it, or its queue paused."""
    if waits and (news.tasks or any(noun == "queue" for noun, _ in news.doors)):
        return True
    return number in news.tasks or number in news.moved


def _event(name: str, text: str, number: str = "") -> str:
    head = f"event: {name}\n" + (f"id: {number}\n" if number else "")
    return head + "".join(f"data: {line}\n" for line in text.splitlines() or [""]) + "\n"
