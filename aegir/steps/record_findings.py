"""Commits of what somebody wanted to know: it is the task's result."""

from __future__ import annotations

from dataclasses import dataclass

from aegir.engine.step import Commit, Json
from aegir.models import Task
from aegir.steps.world import World


@dataclass(frozen=True)
class FindingKept(Commit):
    """What a step found out is what the task was asked for."""

    step: str
    """Name of the step's class."""

    title = "Keep what was found"

    def do(self, world: World) -> Json:
        Task.objects.filter(pk=world.task).update(result=world.found[self.step])
        return None
