"""Commits of what is done day by day: cron, commands; and the retirement of old logs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from django.utils import timezone

from aegir.engine.step import Commit, Json, Level
from aegir.models import Site, Task, TaskLine
from aegir.steps.world import World

SHOWN = 64 * 1024
"""Characters of a command's output that are kept as the task's result."""


@dataclass(frozen=True)
class CronRan(Commit):
    """A site's cron has run to its end."""

    site: int

    title = "Record the cron run"

    def do(self, world: World) -> Json:
        Site.objects.filter(pk=self.site).update(cron_ran_at=timezone.now(), cron_error="")
        return None


@dataclass(frozen=True)
class CronSet(Commit):
    """How often a site's cron runs; its next turn is reckoned anew."""

    site: int
    minutes: int | None
    """0 for never; None for as the default says."""

    title = "Record the interval"

    def do(self, world: World) -> Json:
        Site.objects.filter(pk=self.site).update(cron_minutes=self.minutes, cron_next_at=None)
        return None


@dataclass(frozen=True)
class OutputKept(Commit):
    """What a command printed is the task's result. It is read from the log, where secrets are masked."""

    title = "Keep the output"

    def do(self, world: World) -> Json:
        output, remarks = _told(world, Level.INFO), _told(world, Level.NOTICE)
        heard = cast(dict[str, Any], world.found["RunDrush"])
        whole = heard["whole"] and max(len(output), len(remarks)) <= SHOWN
        kept = {"output": output[:SHOWN], "remarks": remarks[:SHOWN], "whole": whole}
        Task.objects.filter(pk=world.task).update(result=kept)
        return None


def _told(world: World, level: Level) -> str:
    """What the task's steps said so far at that level: a command's output, or what it said beside it."""
    lines = TaskLine.objects.filter(task=world.task, step__isnull=False, level=level)
    return "\n".join(lines.order_by("pk").values_list("text", flat=True))
