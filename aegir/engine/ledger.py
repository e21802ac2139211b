"""What people and operations ask of the engine: tasks, and pauses. The one way in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import transaction

from aegir.engine import recipe, transports
from aegir.engine.ending import end
from aegir.errors import Refused
from aegir.models.task import Queue, Task, TaskKey

State = Task.State


@dataclass(frozen=True)
class Key:
    """A thing that a task needs alone, or shares with tasks that also only share it: ``site:12``."""

    name: str
    shared: bool = False


@dataclass(frozen=True)
class Subject:
    """What a task is about. ``id`` is None for what has no row."""

    kind: str
    id: int | None
    name: str


_only_looking: ContextVar[bool] = ContextVar("only_looking", default=False)


@contextmanager
def only_looking() -> Iterator[None]:
    """Whatever is asked for in this block is a dry run: its steps look, and nothing is changed."""
    token = _only_looking.set(True)
    try:
        yield
    finally:
        _only_looking.reset(token)


class Held(Refused):
    """A stuck task holds what is needed."""

    def __init__(self, task: Task) -> None:
        super().__init__(
            f"Task {task.pk} on {task.subject_name} is stuck and holds what this needs: see "
            f"«aegir task show {task.pk}», then resume it with «aegir task retry {task.pk}» or give it up "
            f"with «aegir task cancel {task.pk}»."
        )
        self.task = task


_lower: ContextVar[int] = ContextVar("lower", default=0)
YIELD = 2
"""How much lower the priority is of what yields: below what people ask for, above what schedules do."""


@contextmanager
def yielding() -> Iterator[None]:
    """Whatever is asked for in this block lets what people ask for by hand go first."""
    token = _lower.set(YIELD)
    try:
        yield
    finally:
        _lower.reset(token)


def ask(
    operation: str,
    *,
    subject: Subject,
    keys: Sequence[Key],
    by: str,
    arguments: Mapping[str, Any] | None = None,
    priority: int = 0,
    queue: str = "main",
) -> Task:
    """Put a task into the ledger, in the caller's transaction: nobody sees it before that commits.

    Held when it would wait for what a stuck task holds: that may be for ever.
    """
    alone = {key.name for key in keys if not key.shared}
    with transaction.atomic():
        _refuse_stuck([key.name for key in keys], alone)
        task = Task.objects.create(
            operation=operation,
            subject_kind=subject.kind,
            subject_id=subject.id,
            subject_name=subject.name,
            arguments=dict(arguments or {}),
            asked_by=by,
            priority=priority - _lower.get(),
            queue=queue,
            dry_run=_only_looking.get(),
        )
        TaskKey.objects.bulk_create(
            TaskKey(task=task, key=name, shared=name not in alone)
            for name in dict.fromkeys(key.name for key in keys)
        )
        _announce(task)
    return task


def _refuse_stuck(names: Sequence[str], alone: set[str]) -> None:
    held = TaskKey.objects.filter(held=True, task__state=State.STUCK, key__in=names).select_related("task")
    for key in held:
        if not key.shared or key.key in alone:
            raise Held(key.task)


def cancel(task: Task, by: str) -> None:
    """Queued: over at once. Running: stopped and undone by its worker. Stuck: given up, its keys freed."""
    with transaction.atomic():
        row = Task.objects.select_for_update().get(pk=task.pk)
        if row.state == State.RUNNING:
            _stop(row, by)
        elif row.state in (State.QUEUED, State.STUCK):
            row.cancel_by = by
            row.save(update_fields=["cancel_by"])
            end(row, State.CANCELLED, error=row.error, remedy=row.remedy)
            _announce(row)  # others may have waited for its keys
        else:
            raise Refused(f"Task {row.pk} is over already ({row.get_state_display()}).")
    task.refresh_from_db()


def _stop(row: Task, by: str) -> None:
    if row.committed:
        raise Refused(f"Task {row.pk} is past its point of no return and will be finished; wait for it.")
    if not row.cancel_by:
        row.cancel_by = by
        row.save(update_fields=["cancel_by"])
    transaction.on_commit(lambda: transports.active().cancel(row.pk))


def retry(task: Task, by: str) -> Task:
    """Failed or cancelled: ask again, through the operation's own door. Stuck: resume the same task."""
    with transaction.atomic():
        row = Task.objects.select_for_update().get(pk=task.pk)
        if row.state == State.STUCK:
            row.state, row.ended_at = State.QUEUED, None
            row.save(update_fields=["state", "ended_at"])
            _announce(row)
            return row
        if row.state not in (State.FAILED, State.CANCELLED):
            raise Refused(
                f"Only what failed, was cancelled or is stuck can be retried; task {row.pk} is "
                f"«{row.get_state_display()}»."
            )
        with only_looking() if row.dry_run else nullcontext():
            again = recipe.load(row.operation).ask(by, row.arguments)
        again.retry_of = row
        again.save(update_fields=["retry_of"])
        return again


def pause(queue: str, by: str) -> None:
    """Start nothing more from the queue until it is resumed; what runs goes on."""
    Queue.objects.update_or_create(name=queue, defaults={"paused": True, "paused_by": by})


def resume(queue: str) -> None:
    """Start tasks from the queue again."""
    with transaction.atomic():
        Queue.objects.filter(name=queue).update(paused=False, paused_by="")
        waiting = Task.objects.filter(queue=queue, state=State.QUEUED).first()
        if waiting:
            _announce(waiting)


def paused(queue: str) -> bool:
    """Whether the queue is paused."""
    return Queue.objects.filter(name=queue, paused=True).exists()


def _announce(task: Task) -> None:
    transaction.on_commit(lambda: transports.active().submit(task.pk))
