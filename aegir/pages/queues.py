"""Pausing and resuming queues; the tasks page shows how they stand."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from aegir import access
from aegir.access import Actor
from aegir.engine import ledger
from aegir.pages.door import changed


@changed
def pause(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The button."""
    access.require(actor, "queue_pause")
    ledger.pause(access.queue(name), by=actor.name)
    return redirect("tasks")


@changed
def resume(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The button."""
    access.require(actor, "queue_resume")
    ledger.resume(access.queue(name))
    return redirect("tasks")
