"""How many tasks ended, and how long they took: totals that stay when tasks are pruned."""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from django.db import models, transaction

from aegir.models.task import Task

BOUNDS = (0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0)
"""Upper ends in seconds of the classes that durations are counted in; one more class has no end."""


class Tally(models.Model):
    """Tasks of one operation that ended in one state."""

    operation = models.CharField(max_length=60)
    state = models.CharField(max_length=10)
    count = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0.0)
    """Altogether, from start to end, of those that were ever started."""
    classes: models.JSONField[Any, Any] = models.JSONField(default=list)
    """Of those, how many lie in each class of ``BOUNDS``."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["operation", "state"], name="tally_once")]

    def __str__(self) -> str:
        return f"{self.count} {self.operation} {self.state}"

    @classmethod
    def add(cls, task: Task) -> None:
        """Count a task that is over, in the transaction that ends it."""
        with transaction.atomic():
            cls.objects.get_or_create(operation=task.operation, state=task.state)
            row = cls.objects.select_for_update().get(operation=task.operation, state=task.state)
            row.count += 1
            if task.started_at and task.ended_at:
                took = max((task.ended_at - task.started_at).total_seconds(), 0.0)
                row.classes = row.classes or [0] * (len(BOUNDS) + 1)
                row.classes[bisect_left(BOUNDS, took)] += 1
                row.seconds += took
            row.save(update_fields=["count", "seconds", "classes"])
