"""Several workers on one ledger, some of them dying: nothing is lost, doubled, or done by two at once."""

from __future__ import annotations

import os
import random
import signal
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connections
from django.db.models import QuerySet

from aegir.engine import admission, recovery
from aegir.models.task import Queue, Task, TaskKey
from tests.engine.processes import Workers, over, runs, until
from tests.recipes import anything

SITES = ["site:1", "site:2", "site:3"]


def ask(number: int, chance: random.Random) -> Task:
    alone = chance.sample(SITES, chance.randint(1, 2))
    return anything.ask(
        by="alice",
        priority=chance.randint(0, 2),
        keys=[[name, False] for name in alone] + [["platform:1", True]],
        steps=[
            ["Put", {"name": f"start-{number}", "value": "1"}],
            ["Alone", {"names": alone}],
            ["Settle", {"mark": f"settled-{number}"}],
            ["Alone", {"names": alone}],
            ["Put", {"name": f"end-{number}", "value": "1"}],
        ],
    )


def judge(task: Task, number: int, workers: Workers) -> None:
    """All of it or nothing."""
    good = over(task).state == Task.State.SUCCEEDED
    assert task.state in (Task.State.SUCCEEDED, Task.State.FAILED)
    assert "taken" not in task.error
    assert Queue.objects.filter(name=f"settled-{number}").exists() == good
    assert (workers.folder / f"start-{number}").exists() == good
    assert (workers.folder / f"end-{number}").exists() == good


def test_two_workers_share_the_work_without_treading_on_each_other(workers: Workers) -> None:
    chance = random.Random(1)
    tasks = [ask(number, chance) for number in range(16)]
    for _ in range(2):
        workers.start(slots=3)
    for number, task in enumerate(tasks):
        judge(task, number, workers)
        assert (task.state, task.attempt) == (Task.State.SUCCEEDED, 1)
    assert not TaskKey.objects.filter(held=True).exists()


@pytest.mark.parametrize("seed", [1, 2])
def test_killing_workers_and_their_children_loses_nothing(workers: Workers, seed: int) -> None:
    chance = random.Random(seed)
    tasks = [ask(number, chance) for number in range(12)]
    alive = [workers.start(slots=2) for _ in range(2)]
    for _ in range(3):
        running = Task.objects.filter(state=Task.State.RUNNING).exclude(process={})
        until(partial(_busy, running), "something to kill")
        for process in list(running.values_list("process", flat=True))[:1]:
            if runs(process["leader"]):
                os.kill(process["leader"], signal.SIGKILL)
    victim = alive[0]
    victim.kill()
    victim.wait()
    workers.start(slots=2)
    for number, task in enumerate(tasks):
        judge(task, number, workers)
    assert not TaskKey.objects.filter(held=True).exists()


def _busy(running: QuerySet[Task]) -> bool:
    return running.exists() or not Task.objects.filter(state=Task.State.QUEUED).exists()


def test_of_many_who_start_one_task_exactly_one_does(transactional_db: None) -> None:
    task = anything.ask(by="alice", keys=[["site:1", False]])
    admission.admit("w", 1)
    assert _won(lambda: admission.start(task.pk, recovery.new_token(), {})) == 1


def test_of_many_who_admit_one_task_exactly_one_does(transactional_db: None) -> None:
    anything.ask(by="alice", keys=[["site:1", False]])
    assert _won(lambda: bool(admission.admit("w", 1))) == 1


def test_of_many_who_take_over_one_task_exactly_one_does(transactional_db: None) -> None:
    task = anything.ask(by="alice")
    admission.admit("w", 1)
    admission.start(task.pk, "old", {})
    assert _won(lambda: recovery.take_over(task.pk, "old", "w") is not None) == 1


def _won(attempt: Callable[[], bool]) -> int:
    """In how many of several processes that try at the same moment it succeeds."""
    connections.close_all()
    children = []
    for _ in range(6):
        child = os.fork()
        if child == 0:
            os._exit(0 if attempt() else 1)
        children.append(child)
    return sum(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0 for child in children)
