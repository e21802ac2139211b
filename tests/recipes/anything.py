"""An operation that does whatever steps it is asked to."""

from __future__ import annotations

from typing import Any

from aegir.engine import ledger
from aegir.engine.ledger import Key, Subject
from aegir.engine.step import Step, load_step
from aegir.errors import Refused
from aegir.models.task import Queue, Task

TITLE = "Anything"


def ask(
    *,
    by: str,
    steps: list[list[Any]] | None = None,
    keys: list[list[Any]] | None = None,
    priority: int = 0,
    queue: str = "main",
    ended: str = "",
) -> Task:
    """``steps`` are [class name, arguments], ``keys`` are [name, shared]."""
    if steps == [["Nonsense", {}]]:
        raise Refused("Nonsense is not done here.", field="steps")
    return ledger.ask(
        "anything",
        subject=Subject("thing", None, "thing"),
        keys=[Key(name, shared) for name, shared in keys or []],
        by=by,
        arguments={"steps": steps, "keys": keys, "priority": priority, "queue": queue, "ended": ended},
        priority=priority,
        queue=queue,
    )


def plan(task: Task) -> list[Step]:
    return [load_step(f"tests.recipes.steps:{name}", rest) for name, rest in task.arguments["steps"] or []]


def ended(task: Task) -> None:
    """Leaves a row that tells how the task ended; fails when asked to."""
    if task.arguments["ended"] == "fails":
        raise RuntimeError("no end in sight")
    Queue.objects.update_or_create(name=f"ended-{task.pk}", defaults={"paused_by": task.state})
