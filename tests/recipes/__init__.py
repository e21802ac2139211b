"""Operations on a make-believe machine, for the engine's tests."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from aegir.engine.step import Json, Log
from aegir.models.task import Task
from tests.recipes import machine


@dataclass(frozen=True)
class World:
    task: int
    log: Log
    found: Mapping[str, Json]
    machine: machine.Machine


def world(task: Task, log: Log, found: Mapping[str, Json]) -> World:
    return World(task.pk, log, found, machine.current())
