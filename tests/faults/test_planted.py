"""Three bugs are planted in the engine, one after the other: the matrix finds each."""

from __future__ import annotations

from collections.abc import Sequence
from unittest import mock

import pytest

from aegir.engine.journal import Journal
from aegir.engine.runner import Run
from aegir.engine.step import Step
from aegir.models.task import TaskKey, TaskStep
from tests.faults.injections import Injection
from tests.faults.matrix import Matrix
from tests.faults.scenarios import SCENARIOS, Scenario

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


def scenario(name: str) -> Scenario:
    return next(each for each in SCENARIOS if each.name == name)


def violations(matrix: Matrix, name: str, kind: str, step: str) -> list[str]:
    """Break that step of that operation."""
    position = matrix.steps(scenario(name)).index(step)
    outcome = matrix.inject(scenario(name), Injection(kind, position))
    assert outcome.fired
    return outcome.violations


def test_an_undo_that_is_skipped_is_found(matrix: Matrix) -> None:
    honest = Run._undo

    def skipping(self: Run, row: TaskStep) -> None:
        if row.path.endswith(":FreezeDatabase"):
            self.journal.undone(row)
        else:
            honest(self, row)

    assert violations(matrix, "migrate", "fail before", "CopyDatabase") == []
    with mock.patch.object(Run, "_undo", skipping):
        found = violations(matrix, "migrate", "fail before", "CopyDatabase")
    assert any("frozen" in sentence for sentence in found)


def test_a_journal_that_is_written_after_the_effect_is_found(matrix: Matrix) -> None:
    def late(self: Journal, row: TaskStep, seen: object) -> None:
        row.before, row.state = seen, TaskStep.State.DOING

    assert violations(matrix, "migrate", "kill after", "CreateDatabase") == []
    with mock.patch.object(Journal, "doing", late):
        found = violations(matrix, "migrate", "kill after", "CreateDatabase")
    assert any("databases are" in sentence for sentence in found)


def test_a_lock_that_is_released_early_is_found(matrix: Matrix) -> None:
    honest = Journal.plan

    def releasing(self: Journal, steps: Sequence[Step]) -> None:
        honest(self, steps)
        TaskKey.objects.filter(task=self.task).update(held=False)

    assert violations(matrix, "migrate", "intruder", "CopyDatabase") == []
    with mock.patch.object(Journal, "plan", releasing):
        found = violations(matrix, "migrate", "intruder", "CopyDatabase")
    assert any("another task" in sentence for sentence in found)
