"""Pages about servers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from aegir import access
from aegir.access import Actor
from aegir.pages import tasks
from aegir.pages.door import ask, changed, part, shown

RECENT = 10


@shown
def servers(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All servers."""
    query = access.servers(actor).prefetch_related("services").order_by("name")
    return render(request, "servers.html", {"page": part(request, query)})


@shown
def server(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """One server: its services, and what the last verify found."""
    row = access.server(actor, name)
    history = access.tasks(actor).filter(subject_kind="server", subject_id=row.pk).order_by("-id")[:RECENT]
    context = {
        "server": row,
        "services": row.services.order_by("family", "driver"),
        "facts": {name: _text(value) for name, value in row.facts.items()},
        **tasks.live(history),
    }
    return render(request, "server.html", context)


@changed
def verify(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The button."""
    return ask(actor, "server_verify", name=name)


def _text(fact: Any) -> str:
    return ", ".join(map(str, fact)) if isinstance(fact, list) else str(fact)
