"""Aegir itself over the API: ``/api/panel``."""

from __future__ import annotations

from datetime import datetime

from ninja import Router, Schema, Status

from aegir import access
from aegir.api.auth import Asked
from aegir.api.schema import ERRORS, TaskAnswer, TaskDetail, accepted
from aegir.operations import own

router = Router(tags=["panel"])


class ArchiveAnswer(Schema):
    """A backup of Aegir itself."""

    name: str
    size: int
    made_at: datetime


class FindingAnswer(Schema):
    what: str
    """database, tables, secrets, audit, workers, space, backup or modes."""
    well: bool
    said: str


class PanelAnswer(Schema):
    version: str
    address: str
    """How people's browsers reach the panel."""
    rows: str
    """Where Aegir keeps its own rows: SQLite or PostgreSQL."""
    size: int | None
    """Bytes that they take."""
    folder: str
    """Where the archives lie."""
    archives: list[ArchiveAnswer]
    """As the last backup or verification saw them, newest first."""
    last_backup: TaskAnswer | None
    last_verify: TaskAnswer | None
    findings: list[FindingAnswer]
    """Of the last verification."""


@router.get("", response={200: PanelAnswer, **ERRORS})
def show_panel(request: Asked) -> PanelAnswer:
    """What is known of this Aegir."""
    access.require(request.auth, "panel_see")
    known, words = own.facts(), access.wording(request.auth)
    return PanelAnswer(
        version=known.version,
        address=known.address,
        rows=known.rows,
        size=known.size,
        folder=known.folder,
        archives=[ArchiveAnswer(name=row.name, size=row.size, made_at=row.made_at) for row in known.archives],
        last_backup=TaskAnswer.of(known.backup, words) if known.backup else None,
        last_verify=TaskAnswer.of(known.verify, words) if known.verify else None,
        findings=[FindingAnswer(**each) for each in known.findings],
    )


@router.post("/verify", response={202: TaskDetail, **ERRORS})
def verify_panel(request: Asked) -> Status[TaskDetail]:
    """Check rows, keys, folders, workers, backups and audit, and set modes right."""
    return accepted(request.auth, access.ask(request.auth, "panel_verify"))


@router.post("/backup", response={202: TaskDetail, **ERRORS})
def backup_panel(request: Asked) -> Status[TaskDetail]:
    """Write Aegir's own rows and keys into one archive."""
    return accepted(request.auth, access.ask(request.auth, "panel_backup"))
