"""Ask for the free space of every server to be measured. By schedule."""

from __future__ import annotations

from contextlib import suppress

from aegir.engine import ledger
from aegir.models import Server, Task
from aegir.operations import server_measure

TITLE = "Measure free space"
ACTIVE = (Task.State.QUEUED, Task.State.RUNNING)


def ask(*, by: str) -> list[Task]:
    """Queue it for each server that was verified once, but where it waits already or a stuck task is in
    the way."""
    waiting = Task.objects.filter(operation="server_measure", state__in=ACTIVE).values("subject_id")
    found: list[Task] = []
    for server in Server.objects.filter(state=Server.State.ENABLED).exclude(pk__in=waiting).order_by("name"):
        with suppress(ledger.Held):
            found.append(server_measure.ask(server, by=by))
    return found
