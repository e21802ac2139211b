"""The page of queues: what waits, what runs, and pausing it for maintenance."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from aegir import access
from aegir.access import Actor, heard
from aegir.engine import ledger
from aegir.models import Message, Queue, Site, Task, Worker, default, feature
from aegir.pages.door import changed, shown

WORDS = {
    "main": "What people ask for: installs, migrations, backups …",
    "cron": "The cron of every site, when its turn comes; and the measuring of free space.",
    "mail": "Mail and webhooks that tell how tasks ended.",
}
NAMED = 10
"""How many sites are named."""


@dataclass(frozen=True)
class Standing:
    """How a queue stands."""

    name: str
    words: str
    queued: int
    running: int
    paused: bool
    paused_by: str


@shown
def queues(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every queue, and the cron of sites."""
    access.require(actor, "queue_see")
    context = {
        "nav": "queues",
        "live": "queues",
        "queues": standings(actor),
        "workers": Worker.alive().count(),
        "may_pause": access.may(actor, "queue_pause"),
        "waiting_messages": Message.objects.filter(state=Message.State.WAITING).count(),
        **(_crons(actor) if feature.on("cron") else {}),
    }
    return render(request, "queues/list.html", context)


def standings(actor: Actor) -> list[Standing]:
    """Every queue; two queries."""
    active = access.tasks(actor).filter(state__in=[Task.State.QUEUED, Task.State.RUNNING])
    counts = {
        (queue, state): count
        for queue, state, count in active.order_by().values_list("queue", "state").annotate(Count("pk"))
    }
    paused = {row.name: row.paused_by for row in Queue.objects.filter(paused=True)}
    return [
        Standing(
            name,
            WORDS[name],
            counts.get((name, Task.State.QUEUED), 0),
            counts.get((name, Task.State.RUNNING), 0),
            name in paused,
            paused.get(name, ""),
        )
        for name in access.QUEUES
    ]


def _crons(actor: Actor) -> dict[str, Any]:
    """Whose turn comes next, and whose cron fails."""
    live = access.sites(actor).filter(state=Site.State.ENABLED)
    failing = live.exclude(cron_error="").order_by("domain")
    return {
        "crons": True,
        "next": live.exclude(cron_next_at=None).order_by("cron_next_at")[:NAMED],
        "failing": failing[:NAMED],
        "failing_count": failing.count(),
        "every": int(default.value("cron_minutes")),
        "now": timezone.now(),
    }


@changed
def pause(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The button."""
    access.require(actor, "queue_pause")
    queue = access.queue(name)
    heard.about(queue)
    ledger.pause(queue, by=actor.name)
    messages.success(request, f"The queue «{queue}» is paused: what runs goes on, nothing more starts.")
    return redirect("queues")


@changed
def resume(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The button."""
    access.require(actor, "queue_resume")
    queue = access.queue(name)
    heard.about(queue)
    ledger.resume(queue)
    messages.success(request, f"The queue «{queue}» goes on.")
    return redirect("queues")
