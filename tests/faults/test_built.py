"""A seeded part of what breaks platforms that are built or deleted, and sites that are found."""

from __future__ import annotations

import pytest

from tests.faults.matrix import Matrix, chosen

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize(
    ("matrix", "operation"),
    [("sqlite", name) for name in ("build git", "build make", "delete platform", "import")],
    indirect=["matrix"],
)
def test_whatever_breaks_a_build_it_is_whole_or_nothing(matrix: Matrix, operation: str) -> None:
    outcomes = [matrix.inject(*choice) for choice in chosen(matrix, [operation], sample=2, seed=511)]
    bad = {f"{outcome.scenario} {outcome.injection}": outcome.violations for outcome in outcomes}
    assert {name: found for name, found in bad.items() if found} == {}
    assert any(outcome.fired for outcome in outcomes), "a matrix that never strikes proves nothing"
