"""Which task may start: two never hold one key, and none waits for ever."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aegir.engine import admission, ledger
from aegir.engine.ending import end
from aegir.models.task import Task, TaskKey
from tests.recipes import anything

pytestmark = pytest.mark.django_db
State = Task.State


def ask(*alone: str, shared: str = "", **more: Any) -> int:
    keys = [[name, False] for name in alone] + [[name, True] for name in shared]
    return anything.ask(by="alice", keys=keys, **more).pk


def test_the_oldest_of_the_highest_priority_comes_first() -> None:
    late, urgent, early = ask(), ask(priority=5), ask(priority=-1)
    assert admission.admit("w", 2) == [urgent, late]
    assert admission.admit("w", 2) == [early]
    assert admission.admit("w", 2) == []


def test_a_task_gets_all_its_keys_or_none() -> None:
    first = ask("a")
    second = ask("a", "b")
    assert admission.admit("w", 9) == [first]
    assert not TaskKey.objects.filter(task=second, held=True).exists()


def test_a_shared_key_is_shared_but_not_with_one_who_needs_it_alone() -> None:
    readers = [ask(shared="a"), ask(shared="a")]
    ask("a")
    assert admission.admit("w", 9) == readers


def test_one_who_needs_a_key_alone_is_not_starved_by_those_who_share_it() -> None:
    reader = ask(shared="a")
    assert admission.admit("w", 9) == [reader]
    writer, late_reader = ask("a"), ask(shared="a")
    assert admission.admit("w", 9) == []
    end(Task.objects.get(pk=reader), State.SUCCEEDED)
    assert admission.admit("w", 9) == [writer]
    end(Task.objects.get(pk=writer), State.SUCCEEDED)
    assert admission.admit("w", 9) == [late_reader]


def test_a_waiting_task_holds_back_only_what_needs_its_keys() -> None:
    ask("a")
    admission.admit("w", 1)
    ask("a", "b")
    blocked, free, urgent = ask("b"), ask("c"), ask("b", priority=1)
    assert admission.admit("w", 9) == [urgent, free]
    assert Task.objects.get(pk=blocked).lease_until is None


def test_a_worker_gets_no_more_than_it_has_room_for_and_only_of_its_queues() -> None:
    mine, other, more = ask(), ask(queue="web2"), ask()
    assert admission.admit("w", 1, ["main"]) == [mine]
    assert admission.admit("w", 9, ["web2"]) == [other]
    assert admission.admit("w", 9, ["main"]) == [more]


def test_a_task_starts_once_however_often_it_is_delivered() -> None:
    task = ask()
    assert not admission.start(task, "early", {})
    admission.admit("w", 1)
    assert admission.start(task, "one", {"leader": 1})
    assert not admission.start(task, "two", {"leader": 2})
    row = Task.objects.get(pk=task)
    assert (row.state, row.token, row.attempt, row.process) == (State.RUNNING, "one", 1, {"leader": 1})


def test_what_was_admitted_but_not_started_is_put_back() -> None:
    task = ask("a")
    admission.admit("w", 1)
    admission.release_unstarted()
    assert TaskKey.objects.get().held
    Task.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    admission.release_unstarted()
    assert not TaskKey.objects.get().held
    assert not admission.start(task, "late", {})
    assert admission.admit("w", 1) == [task]


def test_the_database_itself_forbids_two_holders() -> None:
    for task in (ask("a"), ask("a")):
        last = TaskKey.objects.filter(task=task)
    TaskKey.objects.exclude(pk__in=last).update(held=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        last.update(held=True)


keys = st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=3, unique_by=lambda key: key[0])
moves = st.one_of(
    st.tuples(st.just("ask"), keys, st.integers(-1, 1)),
    st.tuples(st.just("admit"), st.integers(1, 3), st.none()),
    st.tuples(
        st.sampled_from(["start", "succeed", "fail", "get stuck", "resume", "cancel", "lose"]),
        st.integers(0, 5),
        st.none(),
    ),
)


def conflict(one: int, other: int) -> bool:
    mine = dict(TaskKey.objects.filter(task=one).values_list("key", "shared"))
    theirs = dict(TaskKey.objects.filter(task=other).values_list("key", "shared"))
    return any(not (mine[key] and theirs[key]) for key in mine.keys() & theirs.keys())


def holders() -> list[int]:
    return list(TaskKey.objects.filter(held=True).order_by("task").values_list("task", flat=True).distinct())


def admit(limit: int) -> None:
    before = holders()
    admitted = admission.admit("w", limit)
    waiting = Task.objects.filter(state=State.QUEUED, lease_until=None).order_by("-priority", "id")
    for task in Task.objects.filter(pk__in=set(admitted).difference(before)):
        earlier = waiting.filter(priority__gt=task.priority) | waiting.filter(
            priority=task.priority, pk__lt=task.pk
        )
        assert not any(conflict(task.pk, each.pk) for each in earlier)
    if len(admitted) < limit:
        in_the_way = holders()
        for task in waiting:
            assert any(conflict(task.pk, each) for each in in_the_way if each != task.pk)
            in_the_way.append(task.pk)


def move(kind: str, number: int) -> None:
    """Let something happen to one of the tasks to which it can happen."""
    possible = {
        "start": Task.objects.filter(state=State.QUEUED, lease_until__isnull=False),
        "lose": Task.objects.filter(state=State.QUEUED, lease_until__isnull=False),
        "resume": Task.objects.filter(state=State.STUCK),
        "cancel": Task.objects.filter(state__in=[State.QUEUED, State.STUCK]),
    }.get(kind, Task.objects.filter(state=State.RUNNING))
    task = possible.order_by("pk")[number : number + 1].first()
    if task is None:
        return
    if kind == "start":
        assert admission.start(task.pk, f"token-{task.pk}", {})
    elif kind == "lose":
        Task.objects.filter(pk=task.pk).update(lease_until=timezone.now() - timedelta(seconds=1))
        admission.release_unstarted()
    elif kind == "resume":
        ledger.retry(task, "alice")
    elif kind == "cancel":
        ledger.cancel(task, "alice")
    else:
        end(task, {"succeed": State.SUCCEEDED, "fail": State.FAILED, "get stuck": State.STUCK}[kind])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(moves, max_size=40))
def test_whatever_happens_two_tasks_never_hold_one_key(db: None, history: list[tuple[str, Any, Any]]) -> None:
    with transaction.atomic():
        for kind, what, priority in history:
            if kind == "ask":
                anything.ask(by="alice", keys=[list(key) for key in what], priority=priority)
            elif kind == "admit":
                admit(what)
            else:
                move(kind, what)
            holding = holders()
            assert not any(conflict(one, other) for one in holding for other in holding if one < other)
        transaction.set_rollback(True)


def ahead(task: int) -> list[int]:
    return [other.pk for other in admission.ahead_of(Task.objects.get(pk=task))]


def test_a_task_knows_what_it_waits_for() -> None:
    first, second, third = ask("a"), ask("a", "b"), ask("b")
    elsewhere, urgent = ask("c"), ask("a", priority=5)
    assert ahead(third) == [second]
    assert ahead(second) == [first, urgent]
    assert ahead(urgent) == ahead(elsewhere) == []
    assert admission.admit("w", 1) == [urgent]
    assert ahead(first) == [urgent]


def test_those_who_share_a_key_do_not_wait_for_each_other() -> None:
    readers, writer = [ask(shared="a"), ask(shared="a")], ask("a")
    late = ask(shared="a")
    assert ahead(readers[1]) == []
    assert ahead(writer) == readers
    assert ahead(late) == [writer]


def test_what_runs_or_is_over_waits_for_nothing() -> None:
    first, second = ask("a"), ask("a")
    admission.admit("w", 1)
    admission.start(first, "token", {})
    assert ahead(first) == []
    assert ahead(second) == [first]
    end(Task.objects.get(pk=first), State.SUCCEEDED)
    assert ahead(second) == []
