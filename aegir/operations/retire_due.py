"""Retire every kept pair whose time is over. Asked for by schedule; one task a pair, none of its own."""

from __future__ import annotations

from django.utils import timezone

from aegir.errors import Refused
from aegir.models import Pair, Task
from aegir.operations import pair_retire

TITLE = "Retire what is due"
GOING = (Task.State.QUEUED, Task.State.RUNNING)


def ask(*, by: str) -> list[Task]:
    """Queue the end of each; one that a stuck task holds is left for the next time."""
    asked = []
    for pair in Pair.objects.kept().filter(until__lte=timezone.now()).order_by("until"):
        if Task.objects.filter(operation="pair_retire", arguments__pair=pair.pk, state__in=GOING).exists():
            continue
        try:
            asked.append(pair_retire.ask(pair=pair.pk, by=by))
        except Refused:
            continue
    return asked
