"""The commit of a rehearsal: its report is the task's result, and what it was made on goes next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from aegir.engine.step import Commit, Json
from aegir.models import Pair, Task, TaskStep
from aegir.steps.world import World

AWAY = {
    "PublishSite": 3,
    "RefreshTree": 1,
    "CopyDatabase": 1,
    "MoveTree": 2,
    "MakeDirectories": 1,
    "WriteSettings": 1,
    "RehearseUpdates": 1,
}
"""What a migration does while the site is closed, and how often, by the steps that the rehearsal did."""


@dataclass(frozen=True)
class RehearsalReported(Commit):
    """What would come of the migration, as far as a copy can tell."""

    pair: int
    """The copy's."""
    site: str
    old: str
    new: str
    """Names of the platforms."""

    title = "Report"

    def do(self, world: World) -> Json:
        seconds = _seconds(world.task)
        updates = cast(dict[str, Any], world.found["RehearseUpdates"])
        pages = _pages(world)
        away = sum(seconds.get(name, 0.0) * times for name, times in AWAY.items())
        report: dict[str, Any] = {
            "site": self.site,
            "from": self.old,
            "to": self.new,
            "updates": [*updates.get("ran", [])],
            "failed": {**updates.get("failed", {}), **updates.get("skipped", {})},
            "error": updates["error"],
            "php_warnings": [*updates.get("php_warnings", [])],
            "pages": pages,
            "seconds": _by_summary(world.task),
            "away": round(away, 1),
        }
        report["good"] = not report["error"] and all(page["same"] for page in pages)
        report["verdict"] = verdict(report)
        Task.objects.filter(pk=world.task).update(result=report)
        Pair.objects.filter(pk=self.pair).update(state=Pair.State.GONE)
        return None


def verdict(report: dict[str, Any]) -> str:
    """The report in a sentence or two."""
    if report["error"]:
        reasons = [f"{update}: {why}" for update, why in report["failed"].items()] or [report["error"]]
        return f"The move to {report['to']} would fail and be undone: {reasons[0]}"
    ran = len(report["updates"])
    said = f"{ran} update{'' if ran == 1 else 's'} ran"
    if report["php_warnings"]:
        said += f", PHP complained of {len(report['php_warnings'])} things"
    away = f"{report['site']} would be away for about {report['away']:g} seconds."
    different = [page for page in report["pages"] if not page["same"]]
    if different:
        count = f"{len(different)} of {len(report['pages'])} pages answer differently"
        return f"{said}, and {count}, {different[0]['path']} first: look at them. {away}"
    return f"{said}, and all {len(report['pages'])} pages answer as before. {away}"


def _pages(world: World) -> list[dict[str, Any]]:
    before = cast(dict[str, Any], world.found["VisitPages"])
    after = cast(dict[str, Any], world.found["VisitAgain"])
    return [
        {"path": path, "before": seen, "after": after[path], "same": seen == after[path]}
        for path, seen in before.items()
    ]


def _taken(task: int) -> list[tuple[TaskStep, float]]:
    """Each step that is over, with its seconds."""
    return [
        (step, (step.ended_at - step.started_at).total_seconds())
        for step in TaskStep.objects.filter(task=task)
        if step.started_at is not None and step.ended_at is not None
    ]


def _seconds(task: int) -> dict[str, float]:
    return {step.path.rpartition(":")[2]: taken for step, taken in _taken(task)}


def _by_summary(task: int) -> list[dict[str, Any]]:
    return [{"step": step.summary, "seconds": round(taken, 2)} for step, taken in _taken(task)]
