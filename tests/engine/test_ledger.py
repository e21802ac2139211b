"""Asking, cancelling, retrying, pausing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction

from aegir.engine import admission, ledger
from aegir.engine.ledger import Key, Subject
from aegir.errors import Refused
from aegir.models.task import Queue, Task
from tests.engine.conftest import go_on
from tests.recipes import anything
from tests.recipes.machine import Memory

pytestmark = pytest.mark.django_db
Cook = Callable[..., Task]
STUCK: list[list[Any]] = [["HardToUndo", {"name": "a", "value": "1"}], ["Fail", {}]]


def stuck(cook: Cook) -> Task:
    return cook(*STUCK, keys=[["site:1", False]])


def test_asking_writes_the_task_and_its_keys() -> None:
    keys = [Key("site:1"), Key("platform:2", shared=True)]
    task = ledger.ask("verify", subject=Subject("site", 1, "example.org"), keys=keys, by="alice", priority=3)
    task.refresh_from_db()
    assert str(task) == f"task {task.pk} (verify example.org)"
    assert (task.state, task.asked_by, task.priority, task.queue) == ("queued", "alice", 3, "main")
    assert set(task.keys.values_list("key", "shared", "held")) == {
        ("site:1", False, False),
        ("platform:2", True, False),
    }


def test_a_key_wanted_both_shared_and_alone_is_wanted_alone() -> None:
    keys = [Key("site:1", shared=True), Key("site:1")]
    task = ledger.ask("verify", subject=Subject("site", 1, "example.org"), keys=keys, by="alice")
    assert not task.keys.get().shared


def test_a_task_is_asked_for_in_the_callers_transaction() -> None:
    with transaction.atomic():
        anything.ask(by="alice")
        transaction.set_rollback(True)
    assert not Task.objects.exists()


def test_a_queued_task_is_cancelled_at_once_and_its_recipe_told() -> None:
    task = anything.ask(by="alice", keys=[["site:1", False]])
    ledger.cancel(task, "bob")
    assert (task.state, task.cancel_by) == (Task.State.CANCELLED, "bob")
    assert task.ended_at
    assert Queue.objects.get(name=f"ended-{task.pk}").paused_by == "cancelled"
    assert admission.admit("w", 1) == []


def test_an_admitted_task_that_is_cancelled_never_starts() -> None:
    task = anything.ask(by="alice", keys=[["site:1", False]])
    admission.admit("w", 1)
    ledger.cancel(task, "bob")
    assert not admission.start(task.pk, "token", {})
    assert not task.keys.get().held


def test_a_running_task_is_left_to_its_worker_to_cancel() -> None:
    task = anything.ask(by="alice")
    admission.admit("w", 1)
    admission.start(task.pk, "token", {})
    ledger.cancel(task, "bob")
    ledger.cancel(task, "carol")
    assert (task.state, task.cancel_by) == (Task.State.RUNNING, "bob")


def test_a_committed_task_cannot_be_cancelled() -> None:
    task = anything.ask(by="alice")
    Task.objects.filter(pk=task.pk).update(state=Task.State.RUNNING, committed=True)
    with pytest.raises(Refused, match="past its point of no return"):
        ledger.cancel(task, "bob")


def test_a_task_that_is_over_cannot_be_cancelled(cook: Cook) -> None:
    with pytest.raises(Refused, match="is over already"):
        ledger.cancel(cook(), "bob")


def test_giving_up_a_stuck_task_frees_its_keys_and_keeps_its_story(cook: Cook) -> None:
    task = stuck(cook)
    remedy = task.remedy
    ledger.cancel(task, "bob")
    assert (task.state, task.cancel_by, task.remedy) == (Task.State.CANCELLED, "bob", remedy)
    assert not task.keys.get().held
    assert Queue.objects.get(name=f"ended-{task.pk}").paused_by == "cancelled"


def test_a_failed_task_is_asked_for_again_through_its_own_door(cook: Cook, memory: Memory) -> None:
    task = cook(["Fail", {}], keys=[["site:1", True]], priority=4)
    again = ledger.retry(task, "bob")
    assert again.pk != task.pk
    assert (again.retry_of, again.asked_by, again.priority) == (task, "bob", 4)
    memory.things["never"] = "now"
    assert go_on(again).state == Task.State.SUCCEEDED


def test_a_retry_may_be_refused_by_the_operation(cook: Cook) -> None:
    task = cook(["Fail", {}])
    Task.objects.filter(pk=task.pk).update(arguments={"steps": [["Nonsense", {}]]})
    with pytest.raises(Refused, match="Nonsense"):
        ledger.retry(task, "bob")
    assert Task.objects.count() == 1


@pytest.mark.parametrize("state", [Task.State.QUEUED, Task.State.RUNNING, Task.State.SUCCEEDED])
def test_what_did_not_fail_cannot_be_retried(state: Task.State) -> None:
    task = anything.ask(by="alice")
    Task.objects.filter(pk=task.pk).update(state=state)
    with pytest.raises(Refused, match="Only what failed"):
        ledger.retry(task, "bob")


def test_a_resumed_task_goes_before_those_that_wait_for_its_keys(cook: Cook) -> None:
    ledger.pause("late", "alice")
    other = anything.ask(by="alice", keys=[["site:1", False], ["site:2", False]], priority=9, queue="late")
    task = stuck(cook)
    ledger.resume("late")
    assert admission.admit("w", 9) == []
    ledger.retry(task, "alice")
    assert admission.admit("w", 9) == [task.pk]
    admission.release_unstarted()
    assert task.keys.get().held
    assert Task.objects.get(pk=other.pk).state == Task.State.QUEUED


def test_a_resumed_task_may_still_be_given_up(cook: Cook) -> None:
    task = stuck(cook)
    ledger.retry(task, "alice")
    ledger.cancel(task, "bob")
    assert task.state == Task.State.CANCELLED
    assert not task.keys.get().held


def test_a_paused_queue_starts_nothing_until_it_is_resumed() -> None:
    assert not ledger.paused("main")
    task = anything.ask(by="alice")
    other = anything.ask(by="alice", queue="web2")
    ledger.pause("main", "bob")
    assert ledger.paused("main")
    assert Queue.objects.get(name="main").paused_by == "bob"
    assert admission.admit("w", 9) == [other.pk]
    ledger.resume("main")
    assert not ledger.paused("main")
    assert admission.admit("w", 9) == [task.pk]


def test_what_a_stuck_task_holds_is_not_asked_for_in_vain(cook: Cook) -> None:
    task = stuck(cook)
    with pytest.raises(Refused, match=f"Task {task.pk} on thing is stuck .* «aegir task retry {task.pk}»"):
        anything.ask(by="alice", keys=[["site:1", True]])
    assert Task.objects.count() == 1
    assert anything.ask(by="alice", keys=[["site:2", False]]).state == Task.State.QUEUED
    ledger.cancel(task, "bob")
    assert anything.ask(by="alice", keys=[["site:1", False]]).state == Task.State.QUEUED


def test_what_a_stuck_task_shares_may_be_shared(cook: Cook) -> None:
    cook(*STUCK, keys=[["platform:1", True]])
    assert anything.ask(by="alice", keys=[["platform:1", True]]).state == Task.State.QUEUED
    with pytest.raises(Refused, match="is stuck"):
        anything.ask(by="alice", keys=[["platform:1", False]])
