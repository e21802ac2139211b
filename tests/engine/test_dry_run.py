"""A dry run looks at everything and touches nothing."""

from __future__ import annotations

from typing import Any

import pytest

from aegir.engine import ledger
from aegir.models.task import Queue, Task
from tests.engine.conftest import go_on
from tests.recipes import anything
from tests.recipes.machine import Memory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("memory")]


def put(name: str, value: str) -> list[Any]:
    return ["Put", {"name": name, "value": value}]


def dry(*steps: list[Any]) -> Task:
    with ledger.only_looking():
        task = anything.ask(by="Alice", steps=list(steps))
    return go_on(task)


def said(task: Task) -> list[str]:
    return list(task.lines.values_list("text", flat=True))


def test_a_dry_run_says_what_each_step_would_do_and_does_nothing(memory: Memory) -> None:
    memory.things = {"a": "1"}
    task = dry(put("a", "1"), put("b", "1"), ["Settle", {"mark": "settled"}])
    assert memory.things == {"a": "1"}
    assert not Queue.objects.filter(name="settled").exists()
    assert list(task.steps.values_list("state", flat=True)) == ["kept", "waiting", "waiting"]
    first, second, third = said(task)
    assert first == "Nothing to do."
    assert second.startswith("Would be done; found:")
    assert third == "Would be done."


def test_a_dry_run_tells_its_recipe_that_nothing_will_come_of_it() -> None:
    task = dry(put("a", "1"))
    assert (task.state, task.committed) == (Task.State.SUCCEEDED, False)
    assert Queue.objects.get(name=f"ended-{task.pk}").paused_by == Task.State.SUCCEEDED


def test_what_an_earlier_step_would_have_made_cannot_be_told(memory: Memory) -> None:
    task = dry(["Unsure", {"name": "a", "value": "1"}], put("b", "1"))
    assert said(task)[0] == "Cannot be told before the steps above are done: There is no a yet."
    assert task.state == Task.State.SUCCEEDED


def test_only_what_is_asked_for_in_the_block_is_a_dry_run() -> None:
    with ledger.only_looking():
        looked = anything.ask(by="Alice", steps=[])
    assert (looked.dry_run, anything.ask(by="Alice", steps=[]).dry_run) == (True, False)


def test_a_plan_that_cannot_be_made_fails_the_dry_run() -> None:
    task = dry(["NoSuchStep", {}])
    assert task.state == Task.State.FAILED
    assert "NoSuchStep" in task.error
