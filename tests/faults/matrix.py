"""Breaks operations one injection after the other, and looks at the world after each."""

from __future__ import annotations

import random
from contextlib import nullcontext
from dataclasses import dataclass, field
from unittest import mock

from aegir.engine import ledger
from aegir.engine.runner import Run
from aegir.models import Task
from tests.faults.injections import Applied, Injection, die, injections
from tests.faults.scenario import Scenario
from tests.faults.scenarios import SCENARIOS
from tests.faults.telling import Measure, measured
from tests.faults.world import World, succeed
from tests.operations.hosting import BY, begin, run, run_child, taken_over

RESUMES = 3
"""How often a person resumes a task that got stuck while a service was away."""


@dataclass
class Outcome:
    """What became of one injection."""

    scenario: str
    injection: Injection
    state: str
    fired: bool
    violations: list[str] = field(default_factory=list)


class Matrix:
    """One world, and the operations broken in it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.ready_for: str | None = None
        """The scenario whose beginning the world is in."""

    def steps(self, scenario: Scenario) -> list[str]:
        """The class names of an operation's steps, from an honest run of it."""
        return [measure.name for measure in self.measures(scenario)]

    def measures(self, scenario: Scenario) -> list[Measure]:
        """The same, with how much each step does."""
        known = self.world.measures
        if scenario.name not in known:
            self._prepare(scenario)
            task = scenario.ask(self.world)
            with measured() as found:
                succeed(task)
            wrong = list(scenario.settle(self.world, task)) if scenario.settle else []
            assert not wrong, wrong
            self._go_back(scenario, whole=True, over=scenario.settle is None)
            known[scenario.name] = found
        return known[scenario.name]

    def inject(self, scenario: Scenario, injection: Injection) -> Outcome:
        """Break the operation once, let it settle, and look."""
        self._prepare(scenario)
        start = self.world.snapshot()
        task = scenario.ask(self.world)
        applied = Applied(injection, self.world)
        with applied.waiting():
            self._run(task, injection)
        self._resume(task)
        found = list(self.world.violations(task, start))
        if applied.complaint:
            found.append(applied.complaint)
        over = task.state in (Task.State.SUCCEEDED, Task.State.WARNED)
        if scenario.settle is not None and not found:
            found += scenario.settle(self.world, task)
            over = False
        self._go_back(scenario, whole=not found, over=over)
        return Outcome(scenario.name, injection, task.state, applied.fired, found)

    def _prepare(self, scenario: Scenario) -> None:
        if self.ready_for != scenario.name:
            self.world.build()
            scenario.prepare(self.world)
            self.ready_for = scenario.name

    def _go_back(self, scenario: Scenario, *, whole: bool, over: bool) -> None:
        """To where the operation can be asked for again. What was undone is there already."""
        if over and whole and scenario.back is not None:
            scenario.back(self.world)
        elif over or not whole:
            self.ready_for = None

    def _run(self, task: Task, injection: Injection) -> None:
        if not injection.kills:
            run(task)
            return
        token: str | None = begin(task)
        deaths = 0
        while token is not None:
            # The recovery itself is killed as well, once.
            again = injection.kind == "kill twice" and deaths == 1
            with mock.patch.object(Run, "_undo", side_effect=die) if again else nullcontext():
                died = run_child(task, token)
            deaths += died
            token = taken_over(task, token) if died else None
        task.refresh_from_db()

    def _resume(self, task: Task) -> None:
        """What a person does about a stuck task, once its cause is gone."""
        for _ in range(RESUMES):
            if task.state == Task.State.STUCK:
                run(ledger.retry(task, BY))
                task.refresh_from_db()


Choice = tuple[Scenario, Injection]


def chosen(matrix: Matrix, only: list[str], sample: int | None, seed: int) -> list[Choice]:
    """Which injections to make: all, or ``sample`` of them drawn with ``seed``; by scenario, since a world
    that was put back can be broken again at once."""
    wanted = [scenario for scenario in SCENARIOS if not only or scenario.name in only]
    everything = [
        (scenario, injection) for scenario in wanted for injection in injections(matrix.measures(scenario))
    ]
    if sample is None or sample >= len(everything):
        return everything
    drawn = random.Random(seed).sample(range(len(everything)), sample)
    return [everything[number] for number in sorted(drawn)]
