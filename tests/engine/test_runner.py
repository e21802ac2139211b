"""What becomes of a task whose steps work or fail."""

from __future__ import annotations

from collections.abc import Callable

from aegir.models.task import Task
from tests.recipes.machine import Memory


def test_steps_change_the_machine_in_order(cook: Callable[..., Task], memory: Memory) -> None:
    task = cook(["Put", {"name": "a", "value": "1"}], ["Put", {"name": "a", "value": "2"}])
    assert task.state == Task.State.SUCCEEDED
    assert memory.things == {"a": "2"}
