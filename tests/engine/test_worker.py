"""Real workers with real processes, ended in every way a process can be ended."""

from __future__ import annotations

import os
import signal
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from aegir.engine import ledger
from aegir.models.task import Queue, Schedule, Task, TaskStep
from tests.engine.processes import Workers, over, runs, until
from tests.recipes import anything

PUT: list[Any] = ["Put", {"name": "a", "value": "1"}]
WAIT: list[Any] = ["Wait", {"name": "w", "value": "1"}]
SETTLE: list[Any] = ["Settle", {"mark": "settled"}]


def waiting(workers: Workers, task: Task) -> tuple[int, int]:
    """The process ids of the task's child, and of the grandchild that its step has started."""
    pids = workers.folder / "w.pids"
    until(pids.exists, f"the waiting step of {task}")
    child, grandchild = map(int, pids.read_text().split())
    assert runs(child)
    assert runs(grandchild)
    return child, grandchild


def things(workers: Workers) -> set[str]:
    return {each.name for each in workers.folder.iterdir()} - {"w.pids"}


def test_a_worker_runs_what_was_asked_for(workers: Workers) -> None:
    workers.start()
    task = anything.ask(by="alice", steps=[PUT, SETTLE])
    assert over(task).state == Task.State.SUCCEEDED
    assert things(workers) == {"a"}
    assert task.attempt == 1
    assert Queue.objects.filter(name="settled").exists()


@pytest.mark.parametrize("session", [False, True], ids=["in its group", "in a session of its own"])
def test_a_killed_child_is_undone_and_its_own_children_die(workers: Workers, session: bool) -> None:
    workers.start()
    task = anything.ask(by="alice", steps=[PUT, ["Wait", {"name": "w", "value": "1", "session": session}]])
    child, grandchild = waiting(workers, task)
    os.kill(child, signal.SIGKILL)
    assert over(task).state == Task.State.FAILED
    assert things(workers) == set()
    assert not runs(grandchild)
    assert task.attempt == 2


def test_a_killed_worker_takes_its_children_with_it_and_the_next_one_recovers(workers: Workers) -> None:
    worker = workers.start()
    task = anything.ask(by="alice", steps=[PUT, WAIT])
    child, grandchild = waiting(workers, task)
    worker.kill()
    worker.wait()
    until(lambda: not runs(child), "the end of the child")
    assert runs(grandchild)
    workers.start()
    assert over(task).state == Task.State.FAILED
    assert not runs(grandchild)
    assert things(workers) == set()


def test_past_the_commit_a_killed_worker_and_child_are_followed_by_one_who_finishes(workers: Workers) -> None:
    worker = workers.start()
    task = anything.ask(by="alice", steps=[PUT, SETTLE, WAIT])
    child, grandchild = waiting(workers, task)
    for victim in (worker.pid, child):
        os.kill(victim, signal.SIGKILL)
    worker.wait()
    (workers.folder / "go").touch()
    workers.start()
    assert over(task).state == Task.State.SUCCEEDED
    assert not runs(grandchild)
    assert things(workers) == {"a", "w", "go"}
    assert Queue.objects.filter(name="settled").count() == 1


def test_a_cancelled_task_is_stopped_and_undone(workers: Workers) -> None:
    workers.start()
    task = anything.ask(by="alice", steps=[PUT, WAIT], keys=[["site:1", False]])
    child, grandchild = waiting(workers, task)
    ledger.cancel(task, "bob")
    assert over(task).state == Task.State.CANCELLED
    assert task.error == "Cancelled by bob."
    assert not runs(child)
    assert not runs(grandchild)
    assert things(workers) == set()
    assert not task.keys.get().held


def test_a_stopped_worker_ends_what_runs_and_the_next_one_recovers_it_at_once(workers: Workers) -> None:
    worker = workers.start(grace=0.0)
    task = anything.ask(by="alice", steps=[PUT, WAIT])
    child, grandchild = waiting(workers, task)
    worker.terminate()
    assert worker.wait() == 0
    assert not runs(child)
    assert not runs(grandchild)
    task.refresh_from_db()
    assert task.lease_until
    assert task.lease_until <= timezone.now()
    workers.start()
    assert over(task).state == Task.State.FAILED
    assert things(workers) == set()


def test_a_stopped_worker_lets_what_runs_come_to_its_end_and_starts_nothing(workers: Workers) -> None:
    worker = workers.start()
    task = anything.ask(by="alice", steps=[WAIT])
    waiting(workers, task)
    worker.terminate()
    later = anything.ask(by="alice", steps=[PUT])
    (workers.folder / "go").touch()
    assert worker.wait() == 0
    assert over(task).state == Task.State.SUCCEEDED
    later.refresh_from_db()
    assert later.state == Task.State.QUEUED


def test_a_task_leaves_no_process_behind_when_it_lets_go_of_its_keys(workers: Workers) -> None:
    workers.start()
    task = anything.ask(by="alice", steps=[["Leave", {"name": "left"}]])
    assert over(task).state == Task.State.SUCCEEDED
    assert not runs(int((workers.folder / "left").read_text()))


def test_a_paused_queue_starts_nothing(workers: Workers) -> None:
    workers.start()
    ledger.pause("main", "bob")
    task = anything.ask(by="alice", steps=[PUT])
    other = anything.ask(by="alice", queue="other")
    over(other)
    task.refresh_from_db()
    assert task.state == Task.State.QUEUED
    ledger.resume("main")
    assert over(task).state == Task.State.SUCCEEDED


def test_the_highest_priority_goes_first(workers: Workers) -> None:
    low = anything.ask(by="alice", steps=[PUT], priority=-1)
    high = anything.ask(by="alice", steps=[PUT], priority=1)
    workers.start(slots=1)
    assert over(low).started_at > over(high).started_at  # type: ignore[operator]


def test_a_stuck_task_is_resumed(workers: Workers) -> None:
    workers.start()
    task = anything.ask(by="alice", steps=[["HardToUndo", {"name": "a", "value": "1"}], ["Fail", {}]])
    assert over(task).state == Task.State.STUCK
    (workers.folder / "undoable").touch()
    ledger.retry(task, "alice")
    assert over(task).state == Task.State.FAILED
    assert things(workers) == {"undoable"}


def test_a_stuck_task_that_is_given_up_lets_others_at_its_keys(workers: Workers) -> None:
    workers.start()
    keys = [["site:1", False]]
    hard = [["HardToUndo", {"name": "a", "value": "1"}], ["Fail", {}]]
    task = anything.ask(by="alice", steps=hard, keys=keys)
    next_one = anything.ask(by="alice", steps=[PUT], keys=keys)
    assert over(task).state == Task.State.STUCK
    ledger.cancel(task, "bob")
    assert over(next_one).state == Task.State.SUCCEEDED


def test_a_schedule_is_kept(workers: Workers) -> None:
    Schedule.objects.create(
        name="once", operation="anything", every=timedelta(days=1), next_at=timezone.now(),
        arguments={"steps": [PUT]},
    )  # fmt: skip
    workers.start()
    until(Task.objects.exists, "the scheduled task")
    assert over(Task.objects.get()).state == Task.State.SUCCEEDED


def test_a_task_that_kills_whoever_takes_it_up_is_stuck_at_last(workers: Workers) -> None:
    workers.start(attempts=3)
    task = anything.ask(by="alice", steps=[["Deadly", {"name": "a", "value": "1"}]])
    assert over(task).state == Task.State.STUCK
    assert task.remedy == "3 attempts died without a word: see the worker's log, then resume the task."
    assert task.attempt == 3


def test_a_worker_outlives_a_ledger_that_cannot_be_used_for_a_while(workers: Workers) -> None:
    worker = workers.start(timeout=0.05)
    over(anything.ask(by="alice", steps=[PUT]))
    with transaction.atomic():
        task = anything.ask(by="alice", steps=[PUT, SETTLE])
        time.sleep(1.5)  # long enough for a beat to fail
    assert over(task).state == Task.State.SUCCEEDED
    assert worker.poll() is None


def test_a_worker_that_slept_too_long_finds_its_task_settled_by_another(workers: Workers) -> None:
    sleeper = workers.start()
    task = anything.ask(by="alice", steps=[PUT, WAIT])
    _, grandchild = waiting(workers, task)
    sleeper.send_signal(signal.SIGSTOP)
    workers.start()
    assert over(task).state == Task.State.FAILED
    assert not runs(grandchild)
    sleeper.send_signal(signal.SIGCONT)
    assert over(anything.ask(by="alice", steps=[PUT])).state == Task.State.SUCCEEDED
    task.refresh_from_db()
    assert (task.state, task.attempt) == (Task.State.FAILED, 2)


def test_a_worker_ends_the_attempt_that_was_taken_from_it(workers: Workers) -> None:
    workers.start()
    task = anything.ask(by="alice", steps=[PUT, WAIT])
    child, _ = waiting(workers, task)
    Task.objects.filter(pk=task.pk).update(token="elsewhere")
    until(lambda: not runs(child), "the end of the superseded attempt")
    assert over(task).state == Task.State.FAILED
    assert things(workers) == set()


def test_a_superseded_attempt_dies_at_its_next_write(workers: Workers) -> None:
    worker = workers.start()
    task = anything.ask(by="alice", steps=[PUT, WAIT])
    child, _ = waiting(workers, task)
    worker.send_signal(signal.SIGSTOP)  # else it would end the child itself
    row = Task.objects.filter(pk=task.pk)
    row.update(token="elsewhere", lease_until=timezone.now() + timedelta(hours=1))
    (workers.folder / "go").touch()
    until(lambda: not runs(child), "the end of the superseded attempt")
    assert task.steps.get(position=1).state == TaskStep.State.DOING
    worker.send_signal(signal.SIGCONT)
    row.update(lease_until=timezone.now())
    assert over(task).state == Task.State.FAILED
    assert things(workers) == {"go"}


def test_a_step_that_leaves_the_process_is_undone_like_one_that_was_killed(workers: Workers) -> None:
    workers.start()
    task = anything.ask(by="alice", steps=[PUT, ["Fail", {"error": "SystemExit"}]])
    assert over(task).state == Task.State.FAILED
    assert task.error == "The task was interrupted, so it went back; ask for it again."
    assert things(workers) == set()
