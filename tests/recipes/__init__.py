"""Operations on a make-believe machine, for the engine's tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aegir.engine.step import Json, Log
from aegir.models.task import Queue, Task
from tests.recipes import machine


@dataclass(frozen=True)
class World:
    task: int
    log: Log
    found: Mapping[str, Json]
    machine: machine.Machine


def over(task: Task) -> None:
    """Leaves a row that counts the ends of a task; fails after that when asked to."""
    row, _ = Queue.objects.get_or_create(name=f"over-{task.pk}")
    Queue.objects.filter(pk=row.pk).update(paused_by=f"{row.paused_by} {task.state}".strip())
    if task.arguments.get("ended") == "nobody listens":
        raise RuntimeError("nobody listens")


def world(task: Task, log: Log, found: Mapping[str, Json]) -> World:
    return World(task.pk, log, found, machine.current())
