"""The recipe's package hears of every end, and cannot spoil one."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aegir.engine import ledger
from aegir.models.task import Queue, Task, Worker
from tests.engine.conftest import go_on
from tests.engine.processes import Workers, until
from tests.recipes import anything
from tests.recipes.machine import Memory

Cook = Callable[..., Task]
PUT = ["Put", {"name": "a", "value": "1"}]
STUCK = [["HardToUndo", {"name": "a", "value": "1"}], ["Fail", {}]]


def heard(task: Task) -> str:
    """The states in which the package was told that the task is over."""
    row = Queue.objects.filter(name=f"over-{task.pk}").first()
    return row.paused_by if row else ""


def test_every_end_is_told(cook: Cook) -> None:
    assert heard(cook(PUT)) == "succeeded"
    assert heard(cook(["Fail", {}])) == "failed"
    waiting = anything.ask(by="alice", steps=[PUT])
    assert heard(waiting) == ""
    ledger.cancel(waiting, "bob")
    assert heard(waiting) == "cancelled"


def test_a_stuck_task_is_over_again_when_it_is_resumed(cook: Cook, memory: Memory) -> None:
    task = cook(*STUCK)
    assert heard(task) == "stuck"
    memory.things["undoable"] = "1"
    go_on(ledger.retry(task, "alice"))
    assert heard(task) == "stuck failed"


def test_a_dry_run_is_told_to_nobody(memory: Memory, db: None) -> None:
    with ledger.only_looking():
        task = anything.ask(by="alice", steps=[PUT])
    assert go_on(task).state == Task.State.SUCCEEDED
    assert heard(task) == ""


@pytest.mark.parametrize("steps", [[PUT], [["Fail", {}]]], ids=["succeeds", "fails"])
def test_one_who_cannot_hear_of_it_changes_nothing(cook: Cook, steps: list[list[object]]) -> None:
    usual = cook(*steps, keys=[["site:1", False]])
    task = cook(*steps, keys=[["site:1", False]], ended="nobody listens")
    assert (task.state, task.error, task.remedy) == (usual.state, usual.error, usual.remedy)
    assert not task.keys.get().held
    assert heard(task) == ""  # what it had begun to write is gone


def test_a_worker_says_that_it_is_there_and_takes_leave(workers: Workers) -> None:
    worker = workers.start(slots=3)
    until(Worker.alive().exists, "a sign of life")
    row = Worker.objects.get()
    assert (row.slots, row.name.rpartition(":")[2]) == (3, str(worker.pid))
    until(lambda: Worker.objects.get().beat_at > row.beat_at, "another one")
    worker.terminate()
    assert worker.wait() == 0
    assert not Worker.objects.exists()
