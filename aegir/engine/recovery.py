"""Takes over tasks whose attempt is dead or must die: first its processes end, then a new attempt begins."""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from aegir.engine.admission import LEASE
from aegir.engine.ending import end
from aegir.engine.process import Group
from aegir.models.task import Task

ATTEMPTS = 10
"""After so many attempts that died, a task is stuck: it kills whoever takes it up."""


def new_token() -> str:
    return uuid.uuid4().hex


@dataclass
class Takeover:
    """A task that this worker has claimed, waiting for the old attempt's processes to be dead."""

    task: int
    token: str
    group: Group | None
    not_before: float
    """On the monotonic clock: a task whose attempts keep dying is taken up ever more slowly."""

    dying: bool = True
    """Whether something of the old attempt may still run."""

    def ready(self) -> bool:
        """End what is left of the old attempt; whether the new one may begin."""
        self.dying = self.dying and self.group is not None and not self.group.end()
        return not self.dying and time.monotonic() >= self.not_before


def take_over(task: int, token: str, worker: str) -> Takeover | None:
    """Claim the task from the attempt ``token``, which may write no more; None when it is over or claimed."""
    with transaction.atomic():
        row = Task.objects.select_for_update().filter(pk=task, token=token, state=Task.State.RUNNING).first()
        if row is None:
            return None
        group = Group.remembered(row.process)
        if row.attempt >= ATTEMPTS and (group is None or group.end()):
            _give_up(row)
            return None
        row.token, row.worker, row.lease_until = new_token(), worker, timezone.now() + LEASE
        row.save(update_fields=["token", "worker", "lease_until"])
    delay = min(60.0, 2.0 ** (row.attempt - 2)) if row.attempt > 2 else 0.0
    return Takeover(row.pk, row.token, group, time.monotonic() + delay)


def expired() -> list[tuple[int, str]]:
    """Running tasks, with their tokens, that nobody has given a sign of life for."""
    late = Task.objects.filter(state=Task.State.RUNNING, lease_until__lt=timezone.now())
    return list(late.values_list("pk", "token"))


def beat(tokens: list[str]) -> set[str]:
    """Prolong the leases of these attempts; returns those that were lost to somebody else."""
    mine = Task.objects.filter(state=Task.State.RUNNING, token__in=tokens)
    if mine.update(lease_until=timezone.now() + LEASE) == len(tokens):
        return set()
    return set(tokens).difference(mine.values_list("token", flat=True))


def let_go(tokens: list[str]) -> None:
    """End these attempts and their leases at once, for whoever comes next."""
    mine = Task.objects.filter(state=Task.State.RUNNING, token__in=tokens)
    patience = time.monotonic() + 5.0
    for fields in mine.values_list("process", flat=True):
        group = Group.remembered(fields)
        while group and not group.end() and time.monotonic() < patience:
            time.sleep(0.01)
    mine.update(lease_until=timezone.now())


def _give_up(row: Task) -> None:
    end(
        row,
        Task.State.STUCK,
        error=row.error or "Every process that took the task up died.",
        remedy=f"{row.attempt} attempts died without a word: see the worker's log, then resume the task.",
    )
