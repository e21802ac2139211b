"""Queues over the API."""

from __future__ import annotations

from ninja import Router, Schema

from aegir import access
from aegir.access import Actor
from aegir.api.auth import Asked
from aegir.api.schema import ERRORS
from aegir.engine import ledger
from aegir.models import Queue, Task

router = Router(tags=["queues"])


class QueueAnswer(Schema):
    name: str
    paused: bool
    paused_by: str
    queued: int
    running: int


@router.get("/{name}", response={200: QueueAnswer, **ERRORS})
def show_queue(request: Asked, name: str) -> QueueAnswer:
    """A queue, and how much waits in it."""
    return _queue(request.auth, "queue_see", name)


@router.post("/{name}/pause", response={200: QueueAnswer, **ERRORS})
def pause_queue(request: Asked, name: str) -> QueueAnswer:
    """Start no further task; running ones go on."""
    _queue(request.auth, "queue_pause", name)
    ledger.pause(name, by=request.auth.name)
    return _queue(request.auth, "queue_see", name)


@router.post("/{name}/resume", response={200: QueueAnswer, **ERRORS})
def resume_queue(request: Asked, name: str) -> QueueAnswer:
    """Start tasks again."""
    _queue(request.auth, "queue_resume", name)
    ledger.resume(name)
    return _queue(request.auth, "queue_see", name)


def _queue(actor: Actor, action: str, name: str) -> QueueAnswer:
    access.require(actor, action)
    access.queue(name)
    row = Queue.objects.filter(name=name).first() or Queue(name=name)
    tasks = access.tasks(actor).filter(queue=name)
    return QueueAnswer(
        name=name,
        paused=row.paused,
        paused_by=row.paused_by if row.paused else "",
        queued=tasks.filter(state=Task.State.QUEUED).count(),
        running=tasks.filter(state=Task.State.RUNNING).count(),
    )
