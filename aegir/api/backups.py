"""Backups over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.db.models import Q
from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status

from aegir import access
from aegir.access import Actor, download
from aegir.api import panel
from aegir.api.auth import Asked
from aegir.api.listing import Listing, Wanted
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

    path: str | None
    """Of the archive, on the server; None for who may not look at servers."""
    sha256: str
    manifest: dict[str, Any]

    @classmethod
    def seen(cls, backup: Backup, actor: Actor) -> BackupDetail:
        """The backup as ``actor`` may see it."""
        path = str(backup.path) if access.may(actor, "server_see") else None
        return cls(**_fields(backup), path=path, sha256=backup.sha256, manifest=backup.manifest)


class BackupFilter(Wanted):
    """Which backups are wanted."""

    site: str | None = Field(None, description="its name, now or then")
    platform: str | None = None
    client: str | None = None
    state: Literal["making", "ready"] | None = None
    reason: str | None = Field(None, description="the operation that made them")


class DownloadLink(Schema):
    address: str
    """Gives the archive to whoever asked for the address, and to nobody else."""
    expires_at: datetime


LISTING = Listing(
    sorts={"id": "pk", "domain": "domain", "size": "size", "created_at": "created_at"},
    search=("domain", "description", "site__domain"),
    filters={"state": "state", "reason": "reason", "platform": "platform__name",
             "client": "site__client__name"},
    falling=True,
)  # fmt: skip


@router.get("", response={200: Page[BackupAnswer], **ERRORS})
def list_backups(request: Asked, paging: Query[Paging], which: Query[BackupFilter]) -> dict[str, Any]:
    """Backups, newest first unless ``sort`` says otherwise."""
    rows = access.backups(request.auth)
    if which.site is not None:
        domain = names.domain(which.site)
        rows = rows.filter(Q(domain=domain) | Q(site__domain=domain))
    newest = access.newest_backups(request.auth) if which.everything else rows
    query = LISTING.of(newest.select_related("platform", "site"), which)
    return page(query, paging, BackupAnswer.of, LISTING.of(rows, which).count)


@router.get("/{id}", response={200: BackupDetail, **ERRORS})
def show_backup(request: Asked, id: int) -> BackupDetail:
    """One backup."""
    return BackupDetail.seen(access.backup(request.auth, id), request.auth)


@router.get("/{id}/download-link", response={200: DownloadLink, **ERRORS})
def show_download_link(request: Asked, id: int) -> DownloadLink:
    """An address where the archive can be fetched, for ten minutes."""
    backup = access.backup(request.auth, id)
    expires = timezone.now() + download.LIFETIME
    address = panel.address(request, "download", download.sign(request.auth, backup))
    return DownloadLink(address=address, expires_at=expires)


@router.delete("/{id}", response={202: TaskDetail, **ERRORS})
def delete_backup(request: Asked, id: int, dry_run: bool = False) -> Status[TaskDetail]:
    """Remove a backup for good."""
    return accepted(request.auth, access.ask(request.auth, "backup_delete", dry_run=dry_run, backup=id))


def _fields(backup: Backup) -> dict[str, Any]:
    own = ["id", "domain", "state", "description", "reason", "size", "task", "created_at"]
    platform = backup.platform.name if backup.platform else None
    return {
        **{name: getattr(backup, name) for name in own},
        "site": backup.site.domain,
        "platform": platform,
    }
