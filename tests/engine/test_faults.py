"""Whatever breaks or dies, and whenever: a task ends where it began, or where it was to go."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.db import OperationalError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from aegir.engine import admission, ledger, recovery, runner
from aegir.engine.journal import Journal
from aegir.errors import Broken
from aegir.models.task import Queue, Task, TaskStep
from tests.recipes import anything, machine
from tests.recipes.steps import Put, Replace

State = Task.State
GOOD = (State.SUCCEEDED, State.WARNED)
KILL, BREAK = "kill", "break"


class Killed(BaseException):
    """kill -9, for a process that the test does not want to lose."""


@dataclass
class Fate:
    """Counts every moment at which something can go wrong, and lets it."""

    faults: dict[int, str] = field(default_factory=dict)
    moments: int = 0
    kept: set[int] = field(default_factory=set)
    undone: set[int] = field(default_factory=set)

    def disturb(self, where: str) -> None:
        fault = self.faults.get(self.moments)
        self.moments += 1
        if fault == KILL:
            raise Killed(where)
        if fault == BREAK:
            raise OperationalError(where) if "turn" in where else Broken(where)


@pytest.fixture
def reign(monkeypatch: pytest.MonkeyPatch, db: None) -> Iterator[Callable[..., Fate]]:
    """Puts machine and journal into the hands of fate."""
    turn, kept = Journal.turn, Journal.kept
    fate = Fate()

    @contextmanager
    def fateful_turn(journal: Journal) -> Iterator[Task]:
        with turn(journal) as task:
            yield task
            fate.disturb("in the turn")
        fate.disturb("after the turn")

    def noted_kept(journal: Journal, row: TaskStep, seen: Any) -> None:
        fate.kept.add(row.arguments["place"])
        kept(journal, row, seen)

    def noting(undo: Callable[..., None]) -> Callable[..., None]:
        def noted_undo(step: Put, world: Any, before: Any) -> None:
            fate.undone.add(step.place)
            undo(step, world, before)

        return noted_undo

    def begin(things: dict[str, str], faults: dict[int, str]) -> Fate:
        nonlocal fate
        fate = Fate(faults)
        memory = machine.Memory(things)
        memory.disturb = fate.disturb
        machine.use(memory)
        return fate

    monkeypatch.setattr(Journal, "turn", fateful_turn)
    monkeypatch.setattr(Journal, "kept", noted_kept)
    for kind in (Put, Replace):
        monkeypatch.setattr(kind, "undo", noting(kind.undo))
    yield begin
    machine.use(None)


def settle(task: Task) -> None:
    """Take the task up again and again, as workers and persons would, until it is over for good."""
    for _ in range(50):
        if task.over and task.state != State.STUCK:
            return
        if task.state == State.STUCK:
            ledger.retry(task, "alice")
        if task.state == State.RUNNING:
            takeover = recovery.take_over(task.pk, task.token, "w")
            token = takeover.token if takeover else ""
        else:
            admission.admit("w", 1)
            token = recovery.new_token()
        if token and admission.start(task.pk, token, {}):
            with contextlib.suppress(Killed, OperationalError):  # the process is gone, the ledger stays
                runner.run(task.pk, token)
        task.refresh_from_db()
    raise AssertionError(f"{task} does not come to an end: {task.error} {task.remedy}")


Plan = list[list[Any]]


def goal(things: dict[str, str], plan: Plan) -> dict[str, str]:
    """What the machine holds once every step is done."""
    result: dict[str, str | None] = dict(things)
    for name, arguments in plan:
        if name in ("Put", "Replace"):
            result[arguments["name"]] = arguments["value"]
    return {name: value for name, value in result.items() if value is not None}


def live_through(
    things: dict[str, str], plan: Plan, faults: dict[int, str], begin: Callable[..., Fate]
) -> Fate:
    """Run a task through its faults, and judge where it ended."""
    fate = begin(things, faults)
    task = anything.ask(by="alice", steps=plan, keys=[["thing", False]])
    settle(task)
    here = machine.current()
    assert isinstance(here, machine.Memory)
    left = {name: value for name, value in here.things.items() if task.warnings == 0 or ".kept-" not in name}
    assert left == (goal(things, plan) if task.state in GOOD else things)
    settles = any(name == "Settle" for name, _ in plan)
    assert Queue.objects.filter(name="settled").count() == int(settles and task.state in GOOD)
    assert task.committed == (task.state in GOOD)
    assert not fate.kept & fate.undone
    assert not task.keys.filter(held=True).exists()
    assert Queue.objects.filter(name=f"ended-{task.pk}").exists() or task.state in GOOD
    return fate


@contextmanager
def nothing_stays() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


names = st.sampled_from("abc")
values = st.sampled_from(["1", "2", None])
changes = st.tuples(st.sampled_from(["Put", "Replace"]), names, values)


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Random steps; at most one of them commits."""
    plan: Plan = [
        [kind, {"name": name, "value": value, "place": place}]
        for place, (kind, name, value) in enumerate(draw(st.lists(changes, max_size=6)))
    ]
    if draw(st.booleans()):
        plan.insert(draw(st.integers(0, len(plan))), ["Find", {"name": draw(names)}])
    if draw(st.booleans()):
        plan.insert(draw(st.integers(0, len(plan))), ["Settle", {"mark": "settled"}])
    return plan


EVERYTHING: Plan = [
    ["Put", {"name": "a", "value": "2", "place": 0}],
    ["Put", {"name": "b", "value": "1", "place": 1}],  # kept
    ["Replace", {"name": "b", "value": "2", "place": 2}],
    ["Find", {"name": "a"}],
    ["Settle", {"mark": "settled"}],
    ["Replace", {"name": "a", "value": None, "place": 5}],
    ["Put", {"name": "c", "value": "1", "place": 6}],
]
BEGINNING = {"a": "1", "b": "1"}


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    things=st.dictionaries(names, st.sampled_from("12")),
    plan=plans(),
    faults=st.dictionaries(st.integers(0, 120), st.sampled_from([KILL, BREAK]), max_size=6),
)
def test_a_task_ends_at_its_start_or_at_its_end(
    reign: Callable[..., Fate], things: dict[str, str], plan: Plan, faults: dict[int, str]
) -> None:
    with nothing_stays():
        live_through(things, plan, faults, reign)


@pytest.mark.parametrize("fault", [KILL, BREAK])
@pytest.mark.parametrize("plan", [EVERYTHING, EVERYTHING[:4]], ids=["commits", "never commits"])
def test_no_single_moment_is_a_wrong_one(reign: Callable[..., Fate], plan: Plan, fault: str) -> None:
    moment, moments = 0, 1
    while moment < moments:
        with nothing_stays():
            moments = live_through(BEGINNING, plan, {moment: fault}, reign).moments
        moment += 1


FAILING: Plan = [*EVERYTHING[:4], ["Fail", {}]]


@pytest.mark.parametrize(
    ("plan", "first"),
    [(FAILING, None), (EVERYTHING, 35), (EVERYTHING, 62)],
    ids=["while it undoes", "while it is recovered", "while it is recovered past the commit"],
)
def test_it_may_be_killed_again_at_any_moment(
    reign: Callable[..., Fate], plan: Plan, first: int | None
) -> None:
    moment, moments = (first or 0) + 1, 1000
    while moment < moments:
        with nothing_stays():
            faults = {moment: KILL} if first is None else {first: KILL, moment: KILL}
            moments = live_through(BEGINNING, plan, faults, reign).moments
        moment += 1
