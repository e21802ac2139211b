"""Operations that do nothing, to see what the engine itself takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from aegir.engine.step import Json, Log
from aegir.models.task import Task


@dataclass(frozen=True)
class World:
    task: int
    log: Log
    found: Mapping[str, Json]
    done: set[int] = field(default_factory=set)
    """Which steps have run, in this process's memory alone."""


def world(task: Task, log: Log, found: Mapping[str, Json]) -> World:
    return World(task.pk, log, found)
