"""The conformance suite: every transport passes all of it. A new one is one more name in ``TRANSPORTS``."""

from __future__ import annotations

from typing import Any

import pytest

from aegir.engine import admission, ledger, transports
from aegir.engine.transports import Transport
from aegir.models.task import Queue, Task
from tests.engine.processes import Workers, over, until
from tests.recipes import anything

TRANSPORTS = ["builtin"]

PUT: list[Any] = ["Put", {"name": "a", "value": "1"}]
WAIT: list[Any] = ["Wait", {"name": "w", "value": "1"}]


@pytest.fixture(params=TRANSPORTS)
def transport(request: pytest.FixtureRequest, settings: Any, workers: Workers) -> Transport:
    """The transport, here and in the workers that the test starts."""
    settings.AEGIR_TRANSPORT = workers.transport = request.param
    return transports.active()


def test_a_task_that_is_asked_for_is_run(transport: Transport, workers: Workers) -> None:
    workers.start()
    task = anything.ask(by="alice", steps=[PUT])
    assert over(task).state == Task.State.SUCCEEDED


def test_a_task_that_was_asked_for_before_a_worker_came_is_run(
    transport: Transport, workers: Workers
) -> None:
    task = anything.ask(by="alice", steps=[PUT])
    workers.start()
    assert over(task).state == Task.State.SUCCEEDED


def test_a_task_is_run_once_however_often_it_is_submitted(transport: Transport, workers: Workers) -> None:
    workers.start()
    task = anything.ask(by="alice", steps=[PUT, ["Settle", {"mark": "settled"}]])
    for _ in range(20):
        transport.submit(task.pk)
    assert over(task).state == Task.State.SUCCEEDED
    transport.submit(task.pk)
    over(anything.ask(by="alice", steps=[PUT]))
    task.refresh_from_db()
    assert (task.state, task.attempt) == (Task.State.SUCCEEDED, 1)


def test_what_is_submitted_or_cancelled_without_a_worker_is_not_an_error(transport: Transport) -> None:
    transport.submit(1)
    transport.cancel(1)
    assert not Task.objects.exists()


def test_a_task_that_does_not_exist_harms_nobody(transport: Transport, workers: Workers) -> None:
    workers.start()
    transport.submit(4711)
    transport.cancel(4711)
    assert over(anything.ask(by="alice", steps=[PUT])).state == Task.State.SUCCEEDED


def test_a_running_task_can_be_cancelled(transport: Transport, workers: Workers) -> None:
    workers.start()
    task = anything.ask(by="alice", steps=[PUT, WAIT])
    until((workers.folder / "w.pids").exists, "the waiting step")
    ledger.cancel(task, "bob")
    assert over(task).state == Task.State.CANCELLED
    assert not (workers.folder / "a").exists()


def test_a_task_runs_again_only_when_it_was_released(transport: Transport, workers: Workers) -> None:
    task = anything.ask(by="alice", steps=[PUT])
    assert admission.admit("a worker that is gone", 1) == [task.pk]
    workers.start()
    assert over(task).state == Task.State.SUCCEEDED
    assert task.attempt == 1


def test_tasks_that_share_no_key_run_side_by_side(transport: Transport, workers: Workers) -> None:
    workers.start(slots=2)
    slow = anything.ask(by="alice", steps=[WAIT], keys=[["site:1", False]])
    blocked = anything.ask(by="alice", steps=[PUT], keys=[["site:1", False]])
    assert over(anything.ask(by="alice", steps=[PUT], keys=[["site:2", False]])).state == Task.State.SUCCEEDED
    blocked.refresh_from_db()
    assert blocked.state == Task.State.QUEUED
    (workers.folder / "go").touch()
    assert over(slow).state == over(blocked).state == Task.State.SUCCEEDED


def test_no_more_tasks_run_than_there_are_slots(transport: Transport, workers: Workers) -> None:
    workers.start(slots=1)
    slow = anything.ask(by="alice", steps=[WAIT])
    until((workers.folder / "w.pids").exists, "the waiting step")
    second = anything.ask(by="alice", steps=[PUT])
    assert Task.objects.filter(state=Task.State.RUNNING).get() == slow
    (workers.folder / "go").touch()
    over(slow)
    assert over(second).started_at >= slow.ended_at  # type: ignore[operator]


def test_a_paused_queue_holds_back_what_is_submitted(transport: Transport, workers: Workers) -> None:
    workers.start()
    Queue.objects.create(name="main", paused=True)
    task = anything.ask(by="alice", steps=[PUT])
    transport.submit(task.pk)
    over(anything.ask(by="alice", queue="other"))
    task.refresh_from_db()
    assert task.state == Task.State.QUEUED
