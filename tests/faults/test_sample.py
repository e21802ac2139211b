"""A seeded part of the matrix, another one for each kind of database."""

from __future__ import annotations

import pytest

from tests.faults.matrix import Matrix, chosen

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

OFTEN_ENOUGH = 4
"""Of a sample, so many must really have struck: a matrix that never fires proves nothing."""


@pytest.mark.parametrize(
    ("matrix", "operations"),
    [("mysql", ["migrate"]), ("sqlite", ["restore"]), ("mysql", ["undo"]), ("sqlite", ["delete"])],
    indirect=["matrix"],
    ids=lambda value: value if isinstance(value, str) else value[0],
)
def test_whatever_breaks_the_world_is_whole_afterwards(matrix: Matrix, operations: list[str]) -> None:
    outcomes = [matrix.inject(*choice) for choice in chosen(matrix, operations, sample=12, seed=2026)]
    bad = {f"{outcome.scenario} {outcome.injection}": outcome.violations for outcome in outcomes}
    assert {name: found for name, found in bad.items() if found} == {}
    assert sum(outcome.fired for outcome in outcomes) >= OFTEN_ENOUGH
