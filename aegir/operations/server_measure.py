"""Measure how much room a server's disks have. Asked for by schedule; it only looks."""

from __future__ import annotations

from aegir.engine import ledger
from aegir.engine.ledger import Key, Subject
from aegir.engine.step import Step
from aegir.models import Server, Task
from aegir.operations import places
from aegir.operations.site_cron import QUEUE
from aegir.steps.record import RoomMeasured
from aegir.steps.room import MeasureRoom

TITLE = "Measure free space"
PRIORITY = -20


def plan(task: Task) -> list[Step]:
    server = places.server_of(task)
    return [MeasureRoom(server.name, places.disks(server)), RoomMeasured(server.pk)]


def ask(server: Server, *, by: str) -> Task:
    """Queue it among what is done again and again, which is soon forgotten."""
    return ledger.ask(
        "server_measure",
        subject=Subject("server", server.pk, server.name),
        keys=[Key(f"server:{server.pk}", shared=True)],
        by=by,
        priority=PRIORITY,
        queue=QUEUE,
    )
