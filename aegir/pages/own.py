"""The page about Aegir itself."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from aegir import access
from aegir.access import Actor
from aegir.models import default
from aegir.operations import own
from aegir.pages.door import ask, changed, shown

RECENT = 10


@shown
def panel(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Version, rows, what the last verification found, and the archives."""
    access.require(actor, "panel_see")
    tasks = access.tasks(actor).filter(subject_kind="panel").order_by("-id")[:RECENT]
    context = {
        "nav": "panel",
        "live": "tasks",
        "known": own.facts(),
        "tasks": tasks,
        "kept": default.value("panel_backups"),
    }
    return render(request, "own/panel.html", context)


@changed
def verify(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The button."""
    return ask(actor, "panel_verify")


@changed
def backup(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The button."""
    return ask(actor, "panel_backup")
