"""Decides which queued task may start: the oldest of the highest priority whose keys are free.

An admitted task is still queued, but holds its keys and a lease, and waits for its process to start it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.db.models.functions import Coalesce, Now
from django.utils import timezone

from aegir.models.task import Queue, Task, TaskKey

LEASE = timedelta(seconds=5)
"""How long a task is believed to be in good hands without a sign of life."""


class _Claims:
    """Which keys are taken, and whether alone or shared."""

    def __init__(self) -> None:
        self._alone: set[str] = set()
        self._shared: set[str] = set()

    def add(self, keys: Iterable[TaskKey]) -> None:
        for key in keys:
            (self._shared if key.shared else self._alone).add(key.key)

    def forbid(self, keys: Iterable[TaskKey]) -> bool:
        return any(key.key in self._alone or (not key.shared and key.key in self._shared) for key in keys)


def admit(worker: str, limit: int, queues: Sequence[str] = ()) -> list[int]:
    """Give ``worker`` up to ``limit`` tasks of these queues (none named: of all), with all their keys.

    What an earlier task waits for is kept from later ones, else tasks that share a key could for ever
    keep out one that needs it alone.
    """
    waiting = _waiting(queues)
    if not waiting.exists():  # the usual case, without taking the write lock
        return []
    with transaction.atomic():
        claims, chosen = _Claims(), []
        claims.add(TaskKey.objects.filter(held=True))
        for task in waiting.prefetch_related("keys").iterator(chunk_size=200):
            keys = list(task.keys.all())
            resumed = any(key.held for key in keys)
            if resumed or not claims.forbid(keys):
                chosen.append(task.pk)
            if len(chosen) == limit:
                break
            claims.add(keys)
        _grant(chosen, worker)
    return chosen


def _waiting(queues: Sequence[str]) -> QuerySet[Task]:
    """The tasks that wait for admission, in the order in which they deserve it."""
    found = Task.objects.filter(state=Task.State.QUEUED, lease_until=None).exclude(
        queue__in=Queue.objects.filter(paused=True).values("name")
    )
    if queues:
        found = found.filter(queue__in=queues)
    return found.order_by("-priority", "id")


def ahead_of(task: Task) -> QuerySet[Task]:
    """What a queued task waits for: those that hold a key that it needs, or will be given it first."""
    if task.state != Task.State.QUEUED:
        return Task.objects.none()
    keys = {key.key: key.shared for key in task.keys.all()}
    alone = [name for name, shared in keys.items() if not shared]
    rivals = TaskKey.objects.exclude(task=task).filter(Q(key__in=alone) | Q(key__in=keys, shared=False))
    earlier = Q(task__priority__gt=task.priority) | Q(task__priority=task.priority, task__lt=task.pk)
    first = Q(held=True) | Q(earlier, task__state=Task.State.QUEUED)
    return Task.objects.filter(pk__in=rivals.filter(first).values("task")).order_by("pk")


def _grant(tasks: Sequence[int], worker: str) -> None:
    if tasks:
        TaskKey.objects.filter(task__in=tasks).update(held=True)
        Task.objects.filter(pk__in=tasks).update(worker=worker, lease_until=timezone.now() + LEASE)


def start(task: int, token: str, process: dict[str, str | int]) -> bool:
    """Begin an attempt: True for exactly one of all who try, however often the task was delivered."""
    fresh = Q(state=Task.State.QUEUED, lease_until__isnull=False)
    taken_over = Q(state=Task.State.RUNNING, token=token)
    return bool(
        Task.objects.filter(fresh | taken_over, pk=task).update(
            state=Task.State.RUNNING,
            token=token,
            attempt=F("attempt") + 1,
            process=process,
            remedy="",
            started_at=Coalesce("started_at", Now()),
            lease_until=timezone.now() + LEASE,
        )
    )


def release_unstarted() -> None:
    """Put back what was admitted but not started within its lease."""
    late = Task.objects.filter(state=Task.State.QUEUED, lease_until__lt=timezone.now())
    if not late.exists():
        return
    with transaction.atomic():
        # A resumed task holds its keys since before: they guard what it left half done.
        TaskKey.objects.filter(task__in=late.filter(attempt=0)).update(held=False)
        late.update(lease_until=None, worker="")
