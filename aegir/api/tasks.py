"""Tasks over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Field, Query, Router, Schema, Status

from aegir import access
from aegir.api.auth import Asked
from aegir.api.schema import ERRORS, Page, Paging, TaskAnswer, TaskDetail, accepted, page
from aegir.models import Task

router = Router(tags=["tasks"])

LINES = 500
"""How many lines one answer holds at most."""


class TaskFilter(Schema):
    """Which tasks are wanted."""

    state: Task.State | None = None
    operation: str | None = None
    subject_kind: str | None = Field(None, description="server, platform or site")
    subject: str | None = Field(None, description="its name when the task was asked for")


class LineAnswer(Schema):
    id: int
    step: int | None
    """Position of the step that wrote it."""
    level: str
    text: str
    at: datetime


class LinesAnswer(Schema):
    lines: list[LineAnswer]
    """At most 500: ask again after the last one."""
    over: bool
    """Whether the task is over and these are its last lines."""


@router.get("", response={200: Page[TaskAnswer], **ERRORS})
def list_tasks(request: Asked, paging: Query[Paging], which: Query[TaskFilter]) -> dict[str, Any]:
    """Tasks, newest first."""
    chosen = {"state": which.state, "operation": which.operation}
    chosen |= {"subject_kind": which.subject_kind, "subject_name": which.subject}
    wanted = {field: value for field, value in chosen.items() if value is not None}
    return page(access.tasks(request.auth).filter(**wanted).order_by("-id"), paging, TaskAnswer.of)


@router.get("/{id}", response={200: TaskDetail, **ERRORS})
def show_task(request: Asked, id: int) -> TaskDetail:
    """One task with its steps."""
    return TaskDetail.of(access.task(request.auth, id))


@router.get("/{id}/lines", response={200: LinesAnswer, **ERRORS})
def show_lines(request: Asked, id: int, after: int = 0) -> dict[str, Any]:
    """The task's log, from the line after ``after`` on."""
    task = access.task(request.auth, id)  # Before the lines: once it is over, none can follow.
    lines = list(task.lines.filter(id__gt=after)[:LINES])
    return {"lines": lines, "over": task.over and len(lines) < LINES}


@router.post("/{id}/cancel", response={200: TaskDetail, **ERRORS})
def cancel_task(request: Asked, id: int) -> TaskDetail:
    """Cancel: a queued task ends at once, a running one is stopped and undone, a stuck one given up."""
    task = access.task(request.auth, id)
    access.cancel(request.auth, task)
    return TaskDetail.of(access.task(request.auth, id))


@router.post("/{id}/retry", response={202: TaskDetail, **ERRORS})
def retry_task(request: Asked, id: int) -> Status[TaskDetail]:
    """Ask again with the same arguments; a stuck task is resumed."""
    return accepted(access.retry(request.auth, access.task(request.auth, id)))
