"""Backups over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from ninja import Query, Router, Schema, Status

from aegir import access
from aegir.api.auth import Asked
from aegir.api.schema import ERRORS, Page, Paging, TaskDetail, accepted, page
from aegir.models import Backup, names

router = Router(tags=["backups"])


class BackupAnswer(Schema):
    """A backup as lists show it."""

    id: int
    domain: str
    """As the site was called then."""
    site: str
    """As it is called now; it may be deleted."""
    state: str
    """making or ready."""
    description: str
    reason: str
    """The operation that made it."""
    platform: str | None
    """The one that the site ran on; None once it is gone."""
    size: int
    """Bytes."""
    task: int | None
    created_at: datetime

    @classmethod
    def of(cls, backup: Backup) -> BackupAnswer:
        return cls(**_fields(backup))


class BackupDetail(BackupAnswer):
    """A backup, and what its archive says of itself."""

    path: str
    """Of the archive, on the server."""
    sha256: str
    manifest: dict[str, Any]

    @classmethod
    def of(cls, backup: Backup) -> BackupDetail:
        more = {"path": str(backup.path), "sha256": backup.sha256, "manifest": backup.manifest}
        return cls(**_fields(backup), **more)


@router.get("", response={200: Page[BackupAnswer], **ERRORS})
def list_backups(request: Asked, paging: Query[Paging], site: str | None = None) -> dict[str, Any]:
    """Backups, newest first; of one site, by its name now or then, where it is named."""
    query = access.backups(request.auth).select_related("platform", "site")
    if site is not None:
        domain = names.domain(site)
        query = query.filter(Q(domain=domain) | Q(site__domain=domain))
    return page(query.order_by("-id"), paging, BackupAnswer.of)


@router.get("/{id}", response={200: BackupDetail, **ERRORS})
def show_backup(request: Asked, id: int) -> BackupDetail:
    """One backup."""
    return BackupDetail.of(access.backup(request.auth, id))


@router.delete("/{id}", response={202: TaskDetail, **ERRORS})
def delete_backup(request: Asked, id: int, dry_run: bool = False) -> Status[TaskDetail]:
    """Remove a backup for good."""
    return accepted(access.ask(request.auth, "backup_delete", dry_run=dry_run, backup=id))


def _fields(backup: Backup) -> dict[str, Any]:
    own = ["id", "domain", "state", "description", "reason", "size", "task", "created_at"]
    platform = backup.platform.name if backup.platform else None
    return {
        **{name: getattr(backup, name) for name in own},
        "site": backup.site.domain,
        "platform": platform,
    }
