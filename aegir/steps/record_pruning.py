"""Old tasks and logs go, a few at a time: the ledger is written to by everybody meanwhile."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone

from aegir.engine.step import Check, Json
from aegir.models import Task, TaskKey, TaskLine, TaskStep
from aegir.steps.world import World

BATCH = 200
"""Tasks in one transaction."""
GOOD = (Task.State.SUCCEEDED, Task.State.WARNED)
SETTLED = (*GOOD, Task.State.FAILED, Task.State.CANCELLED)
"""What is stuck needs its journal, to be resumed."""


@dataclass(frozen=True)
class PruneTasks(Check):
    """Remove tasks of a queue that nobody looks for: those that went well soon, others later."""

    queue: str
    good_days: int
    other_days: int

    title = "Remove tasks"

    def do(self, world: World) -> Json:
        of_queue = Task.objects.filter(queue=self.queue, state__in=SETTLED)
        old = of_queue.filter(
            Q(ended_at__lt=_days_ago(self.good_days), state__in=GOOD)
            | Q(ended_at__lt=_days_ago(self.other_days))
        )
        count = 0
        for numbers in _batches(old):
            Task.objects.filter(pk__in=numbers).delete()
            count += len(numbers)
        world.log.line(f"{count:,} tasks of the queue {self.queue} removed.")
        return {"tasks": count}

    def summary(self) -> str:
        return f"{self.title} of the queue {self.queue}"


@dataclass(frozen=True)
class PruneLogs(Check):
    """Remove the steps and lines of old tasks; that there was such a task, and how it ended, stays."""

    days: int
    last: int
    """Of each thing that tasks are about, how many tasks keep theirs."""
    uncounted: str
    """Tasks of this queue are not among those."""

    title = "Remove logs"

    def do(self, world: World) -> Json:
        old = Task.objects.filter(state__in=SETTLED, ended_at__lt=_days_ago(self.days))
        logged = Exists(TaskStep.objects.filter(task=OuterRef("pk"))) | Exists(
            TaskLine.objects.filter(task=OuterRef("pk"))
        )
        count = 0
        for numbers in _batches(old.filter(logged).filter(Q(subject_id=None) | self._outdated())):
            for model in (TaskStep, TaskLine, TaskKey):
                model.objects.filter(task__in=numbers).delete()
            count += len(numbers)
        world.log.line(f"The logs of {count:,} tasks removed.")
        return {"tasks": count}

    def _outdated(self) -> Exists:
        """Whether enough other tasks came later."""
        later = Task.objects.exclude(queue=self.uncounted).filter(
            subject_kind=OuterRef("subject_kind"), subject_id=OuterRef("subject_id"), pk__gt=OuterRef("pk")
        )
        return Exists(later.order_by("pk")[self.last - 1 : self.last])


def _days_ago(days: int) -> datetime:
    return timezone.now() - timedelta(days=days)


def _batches(tasks: QuerySet[Task]) -> Iterable[list[int]]:
    """The tasks' numbers, a few at a time."""
    last = 0
    while numbers := list(tasks.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:BATCH]):
        yield numbers
        last = numbers[-1]
