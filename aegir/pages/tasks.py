"""Pages about tasks."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from aegir import access
from aegir.access import Actor
from aegir.engine import ledger
from aegir.models import Queue, Task
from aegir.pages.door import changed, part, shown, watch

LINES = 1000
"""How many lines of a log its page shows, the last ones."""


def live(history: QuerySet[Task]) -> dict[str, Any]:
    """What a page needs to show recent tasks: them, and whether to look again soon."""
    rows = list(history)
    return {"tasks": rows, "busy": any(not task.over for task in rows)}


@shown
def tasks(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All tasks, newest first; ``?state=`` narrows them."""
    query = access.tasks(actor).order_by("-id")
    state = request.GET.get("state", "")
    if state not in Task.State.values:
        state = ""
    if state:
        query = query.filter(state=state)
    page = part(request, query)
    waiting = access.tasks(actor).filter(state__in=[Task.State.QUEUED, Task.State.RUNNING]).count()
    context = {
        "page": page,
        "tasks": page,
        "busy": waiting > 0,
        "waiting": waiting,
        "state": state,
        "keep": f"&state={state}" if state else "",
        "states": Task.State.choices,
        "queue": Queue.objects.filter(name="main").first() or Queue(name="main"),
    }
    return render(request, "tasks.html", context)


@shown
def task(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One task: its steps, and its log as it grows."""
    row = access.task(actor, number)
    lines = list(row.lines.order_by("-id")[:LINES])[::-1]
    context = {
        "task": row,
        "subject": _address(actor, row),
        "steps": row.steps.all(),
        "lines": lines,
        "cut": len(lines) == LINES,
        "after": lines[-1].pk if lines else 0,
    }
    return render(request, "task.html", context)


@changed
def cancel(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """The button."""
    row = access.task(actor, number)
    access.require(actor, "task_cancel", row)
    ledger.cancel(row, by=actor.name)
    return watch(row)


@changed
def retry(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """The button; the way leads to the task that now runs."""
    row = access.task(actor, number)
    access.require(actor, "task_retry", row)
    return watch(ledger.retry(row, by=actor.name))


def _address(actor: Actor, row: Task) -> str:
    """Where the page of the task's subject is; "" once it is gone."""
    living: dict[str, QuerySet[Any]] = {
        "site": access.sites(actor),
        "platform": access.platforms(actor),
        "server": access.servers(actor),
    }
    kind = row.subject_kind
    found = living[kind].filter(pk=row.subject_id).first() if kind in living else None
    return reverse(kind, args=[str(found)]) if found else ""  # its name may have changed since
