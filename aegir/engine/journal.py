"""The journal of one attempt at a task. Every write asks first whether the attempt may still write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from django.utils import timezone

from aegir.engine.ending import end
from aegir.engine.step import Json, Level, Step
from aegir.models.task import Task, TaskLine, TaskStep

State = TaskStep.State
SETTLED = (State.DONE, State.KEPT)


class Superseded(BaseException):
    """Another attempt has taken the task over; this one must die without touching anything more.

    Not an ``Exception``: a step that catches everything must not swallow it.
    """


class Cancelled(Exception):
    """Somebody asked to cancel before the point of no return."""


class Journal:
    """What the runner writes down, for the attempt that holds ``token``."""

    def __init__(self, task: int, token: str) -> None:
        self.task = task
        self.token = token

    @contextmanager
    def turn(self) -> Iterator[Task]:
        """A transaction in which this attempt is the only writer of its task."""
        with transaction.atomic():
            mine = Task.objects.select_for_update().filter(
                pk=self.task, token=self.token, state=Task.State.RUNNING
            )
            task = mine.first()
            if task is None:
                raise Superseded(f"attempt {self.token} at task {self.task}")
            yield task

    def read(self) -> Task:
        with self.turn() as task:
            return task

    def steps(self) -> list[TaskStep]:
        return list(TaskStep.objects.filter(task=self.task))

    def plan(self, steps: Sequence[Step]) -> None:
        with self.turn() as task:
            TaskStep.objects.bulk_create(
                TaskStep(
                    task=task,
                    position=position,
                    path=step.class_path,
                    arguments=step.arguments(),
                    summary=step.summary()[:500],
                )
                for position, step in enumerate(steps)
            )

    def kept(self, row: TaskStep, seen: Json) -> None:
        now = timezone.now()
        self._set(row, state=State.KEPT, before=seen, started_at=now, ended_at=now)

    def doing(self, row: TaskStep, seen: Json) -> None:
        self._set(row, state=State.DOING, before=seen, started_at=timezone.now())

    def done(self, row: TaskStep, found: Json) -> None:
        self._set(row, state=State.DONE, found=found, error="", ended_at=timezone.now())

    def undoing(self, row: TaskStep) -> None:
        error = "" if row.state == State.STUCK else row.error
        self._set(row, state=State.UNDOING, error=error)

    def undone(self, row: TaskStep) -> None:
        self._set(row, state=State.UNDONE, ended_at=timezone.now())

    def stuck(self, row: TaskStep, error: str) -> None:
        self._set(row, state=State.STUCK, error=error)

    def failed(self, row: TaskStep | None, error: str) -> None:
        """Note why the task goes back, before it does: the walk may be interrupted."""
        with self.turn() as task:
            task.error = error
            task.save(update_fields=["error"])
            if row:
                self._set(row, error=error)

    def forgotten(self, row: TaskStep) -> None:
        self._set(row, forgotten=True)

    def commit(self, row: TaskStep | None = None, do: Callable[[], Json] = lambda: None) -> None:
        """Pass the point of no return: what ``do`` writes, the journal and the task in one transaction."""
        with self.turn() as task:
            if task.cancel_by:
                raise Cancelled(f"Cancelled by {task.cancel_by}.")
            now = timezone.now()
            if row:
                self._set(row, state=State.DONE, found=do(), error="", started_at=now, ended_at=now)
            task.committed = True
            task.save(update_fields=["committed"])

    def succeed(self, *, unused: bool = False) -> None:
        """``unused``: without what the recipe had prepared."""
        with self.turn() as task:
            end(task, Task.State.WARNED if task.warnings else Task.State.SUCCEEDED, unused=unused)

    def give_back(self) -> None:
        """Everything is undone."""
        with self.turn() as task:
            state = Task.State.CANCELLED if task.cancel_by else Task.State.FAILED
            end(task, state, error=task.error)

    def get_stuck(self, remedy: str) -> None:
        with self.turn() as task:
            end(task, Task.State.STUCK, error=task.error, remedy=remedy)

    def write(self, step: int | None, lines: Sequence[str], level: Level) -> None:
        with self.turn() as task:
            TaskLine.objects.bulk_create(
                TaskLine(task=task, step=step, level=level, text=text) for text in lines
            )
            if level == Level.WARNING:
                task.warnings += 1
                task.save(update_fields=["warnings"])

    def progress(self, done: int, total: int) -> None:
        with self.turn() as task:
            task.progress = [done, total]
            task.save(update_fields=["progress"])

    def _set(self, row: TaskStep, **values: Any) -> None:
        with self.turn() as task:
            TaskStep.objects.filter(pk=row.pk).update(**values)
            if task.progress:
                task.progress = []
                task.save(update_fields=["progress"])
        # Not before it is written: a step that is tried again trusts what ``row`` says.
        for name, value in values.items():
            setattr(row, name, value)
