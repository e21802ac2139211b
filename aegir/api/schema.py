"""The shapes that several nouns of the API share, and paging."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpResponse
from ninja import Field, Schema, Status
from pydantic import ConfigDict, model_validator

from aegir import access
from aegir.access import Actor
from aegir.api.errors import ErrorAnswer
from aegir.engine import admission
from aegir.models import Task, TaskStep
from aegir.models.package_export import KINDS, Format
from aegir.models.wording import Wording

Row = TypeVar("Row", bound=Model)
Item = TypeVar("Item")

ERRORS: dict[Any, Any] = {frozenset({400, 401, 403, 404, 413, 422, 429, 503}): ErrorAnswer}
"""What any route may answer instead; routes.py adds what only changes may."""
FILE: dict[str, Any] = {
    "responses": {200: {"description": "OK", "content": {"text/csv": {}, "application/json": {}}}}
}
"""What a route says that answers with a file."""
AHEAD = 10
"""How many of the tasks that another waits for are named."""


class Body(Schema):
    """What a request brings; an argument that nobody knows is refused, not overlooked."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="after")
    def _storable(self) -> Body:
        """No database holds a NUL, and nothing that is named has one."""
        if "\\u0000" in self.model_dump_json():
            raise ValueError("a NUL character is allowed nowhere")
        return self


class Wish(Body):
    """What may be said with every request that becomes a task."""

    dry_run: bool = False
    """Only look: the task's log says what each step found, and nothing is changed."""

    def given(self) -> dict[str, Any]:
        """What the operation is given."""
        return self.dict(exclude={"dry_run"})


class Page(Schema, Generic[Item]):
    """A part of a list."""

    count: int
    """Of the whole list."""
    items: list[Item]


class Paging(Schema):
    """Which part of a list is wanted."""

    limit: int = Field(100, ge=1, le=1000)
    offset: int = Field(0, ge=0, le=10_000_000)


def page(
    query: QuerySet[Row], paging: Paging, shape: Callable[[Row], Item], count: Callable[[], int] | None = None
) -> dict[str, Any]:
    """One page of ``query``, each row through ``shape``: two queries whatever the length, one where the page
    reaches the end. ``count`` is a quicker way to count the rows of this very query, where there is one."""
    rows = list(query[paging.offset : paging.offset + paging.limit])
    last = len(rows) < paging.limit and (rows or not paging.offset)
    total = paging.offset + len(rows) if last else (count or query.count)()
    return {"count": total, "items": [shape(row) for row in rows]}


def as_file(text: str, name: str, kind: Format) -> HttpResponse:
    """A file to be kept, not looked at."""
    response = HttpResponse(text, content_type=KINDS[kind])
    response["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


class Subject(Schema):
    """What a task is about."""

    kind: str
    id: int | None
    name: str
    """As it was called when the task was asked for."""


class StepAnswer(Schema):
    position: int
    summary: str
    state: str
    error: str
    started_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, step: TaskStep) -> StepAnswer:
        return cls.from_orm(step)


class TaskAnswer(Schema):
    """A task as lists show it."""

    id: int
    operation: str
    subject: Subject
    state: str
    """queued, running, succeeded, warned, failed, stuck or cancelled."""
    over: bool
    queue: str
    asked_by: str
    asked_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    warnings: int
    error: str
    """Why it failed."""
    remedy: str
    """What a person must do about a stuck task."""
    progress: list[int]
    """[done, total] within the running step, or []."""
    retry_of: int | None
    dry_run: bool
    """Whether it only looks."""

    @classmethod
    def of(cls, task: Task, words: Wording) -> TaskAnswer:
        """The task in the words that the asker reads."""
        return cls(**_fields(words.task(task)))


class TaskDetail(TaskAnswer):
    """A task with its steps."""

    arguments: dict[str, Any]
    steps: list[StepAnswer]
    behind: list[TaskAnswer]
    """What it waits for, as far as the asker may see it: tasks that hold something that it needs, or will be
    given it first."""
    result: dict[str, Any]
    """What it found out, where it was asked for that: a report, a list, what a command printed."""

    @classmethod
    def seen(cls, task: Task, actor: Actor) -> TaskDetail:
        """The task as ``actor`` may see it."""
        words = access.wording(actor)
        steps = [StepAnswer.of(step) for step in words.steps(task)]
        ahead = admission.ahead_of(task).filter(pk__in=access.tasks(actor).values("pk"))
        behind = [TaskAnswer.of(other, words) for other in ahead[:AHEAD]]
        shown = words.task(task)
        detail = {"arguments": shown.arguments, "steps": steps, "behind": behind, "result": shown.result}
        return cls(**_fields(shown), **detail)


def accepted(actor: Actor, task: Task) -> Status[TaskDetail]:
    """The answer to a request that became a task."""
    return Status(202, TaskDetail.seen(task, actor))


def _fields(task: Task) -> dict[str, Any]:
    own = ["id", "operation", "state", "over", "queue", "asked_by", "asked_at", "started_at", "ended_at"]
    own += ["warnings", "error", "remedy", "progress", "dry_run"]
    subject = Subject(kind=task.subject_kind, id=task.subject_id, name=task.subject_name)
    return {**{name: getattr(task, name) for name in own}, "subject": subject, "retry_of": task.retry_of_id}
