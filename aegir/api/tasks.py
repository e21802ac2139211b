"""Tasks over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Field, Query, Router, Schema, Status

from aegir import access
from aegir.api.auth import Asked
from aegir.api.listing import Listing, Wanted
from aegir.api.schema import ERRORS, Page, Paging, TaskAnswer, TaskDetail, accepted, page
from aegir.models import Task

router = Router(tags=["tasks"])

LINES = 500
"""How many lines one answer holds at most."""


class TaskFilter(Wanted):
    """Which tasks are wanted."""

    state: Task.State | None = None
    operation: str | None = None
    subject_kind: str | None = Field(None, description="server, platform or site")
    subject: str | None = Field(None, description="its name when the task was asked for")
    asked_by: str | None = None
    queue: str | None = None


LISTING = Listing(
    sorts={"id": "pk", "state": "state", "operation": "operation", "subject": "subject_name",
           "asked_by": "asked_by", "started_at": "started_at", "ended_at": "ended_at"},
    search=("subject_name", "operation", "asked_by", "error"),
    filters={"state": "state", "operation": "operation", "subject_kind": "subject_kind",
             "subject": "subject_name", "asked_by": "asked_by", "queue": "queue"},
    falling=True,
)  # fmt: skip


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
    """Tasks, newest first unless ``sort`` says otherwise."""
    words = access.wording(request.auth)
    rows = access.tasks(request.auth)
    newest = access.newest_tasks(request.auth) if which.everything else rows
    query = LISTING.of(newest, which)
    return page(query, paging, lambda task: TaskAnswer.of(task, words), LISTING.of(rows, which).count)


@router.get("/{id}", response={200: TaskDetail, **ERRORS})
def show_task(request: Asked, id: int) -> TaskDetail:
    """One task with its steps."""
    return TaskDetail.seen(access.task(request.auth, id), request.auth)


@router.get("/{id}/lines", response={200: LinesAnswer, **ERRORS})
def show_lines(request: Asked, id: int, after: int = 0) -> dict[str, Any]:
    """The task's log, from the line after ``after`` on."""
    task = access.task(request.auth, id)  # Before the lines: once it is over, none can follow.
    words = access.wording(request.auth)
    lines = words.lines(words.log(task).filter(id__gt=after)[:LINES])
    return {"lines": lines, "over": task.over and len(lines) < LINES}


@router.post("/{id}/cancel", response={200: TaskDetail, **ERRORS})
def cancel_task(request: Asked, id: int) -> TaskDetail:
    """Cancel: a queued task ends at once, a running one is stopped and undone, a stuck one given up."""
    task = access.task(request.auth, id)
    access.cancel(request.auth, task)
    return TaskDetail.seen(access.task(request.auth, id), request.auth)


@router.post("/{id}/retry", response={202: TaskDetail, **ERRORS})
def retry_task(request: Asked, id: int) -> Status[TaskDetail]:
    """Ask again with the same arguments; a stuck task is resumed."""
    return accepted(request.auth, access.retry(request.auth, access.task(request.auth, id)))
