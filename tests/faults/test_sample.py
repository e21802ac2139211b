"""A few injections of the matrix, others in each run; ``python -m tests.faults`` makes them all."""

from __future__ import annotations

import random

import pytest

from tests.faults.matrix import Matrix, Outcome, chosen

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

SAMPLE = 6


@pytest.mark.parametrize(
    ("matrix", "operations"),
    [("mysql", ["migrate"]), ("sqlite", ["restore"]), ("mysql", ["undo"]), ("sqlite", ["delete"])],
    indirect=["matrix"],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_whatever_breaks_the_world_is_whole_afterwards(matrix: Matrix, operations: list[str]) -> None:
    choices = chosen(matrix, operations, sample=3 * SAMPLE, seed=random.randrange(10**6))
    random.shuffle(choices)
    outcomes: list[Outcome] = []
    for choice in choices:
        outcomes.append(matrix.inject(*choice))
        if len(outcomes) >= SAMPLE and any(outcome.fired for outcome in outcomes):
            break
    bad = {repeated(matrix, outcome): outcome.violations for outcome in outcomes if outcome.violations}
    assert bad == {}
    assert any(outcome.fired for outcome in outcomes), "a matrix that never strikes proves nothing"


def repeated(matrix: Matrix, outcome: Outcome) -> str:
    """How exactly that is made again."""
    chosen = f'--only "{outcome.scenario}" --at "{outcome.injection}"'
    return f"python -m tests.faults --db {matrix.world.db} {chosen}"
