"""Retire a kept pair: the move that left it can no longer be undone, and its disk space is free again."""

from __future__ import annotations

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Pair, Task
from aegir.operations import moving, places
from aegir.steps.record_move import PairRetired

TITLE = "Retire"


def plan(task: Task) -> list[Step]:
    pair = _kept(task.arguments["pair"])
    before, after = moving.retire_steps(pair)
    return [*before, PairRetired(pair.pk), *after]


def ask(*, pair: int, by: str) -> Task:
    """Queue the end of the kept pair with that number."""
    found = _kept(pair)
    return places.ask_site("pair_retire", found.site, by, {"pair": pair}, platforms=[found.platform])


def _kept(number: int) -> Pair:
    pair = Pair.objects.kept().select_related("site__platform").filter(pk=number).first()
    if pair is None:
        raise Refused(f"There is no kept copy {number}: it is live, or was retired already.", field="pair")
    return pair
