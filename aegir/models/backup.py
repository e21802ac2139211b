"""Backups of sites. They outlive their site: what was deleted can be brought back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models

from aegir.models.platform import Platform
from aegir.models.site import Site


class BackupQuerySet(models.QuerySet["Backup"]):
    def ready(self) -> BackupQuerySet:
        """Those that can be restored."""
        return self.filter(state=Backup.State.READY)


class Backup(models.Model):
    """One archive of a site."""

    class State(models.TextChoices):
        MAKING = "making", "being made"
        READY = "ready", "ready"
        DELETED = "deleted", "deleted"

    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="backups")
    domain = models.CharField(max_length=253)
    """The site's main name at that time."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.MAKING)
    description = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=60)
    """The operation that made it: ``site_backup``, ``site_migrate`` …"""
    compression = models.CharField(max_length=3, default="zst")
    file = models.CharField(max_length=300, blank=True)
    """Below the folder of backups."""
    size = models.BigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    manifest: models.JSONField[Any, Any] = models.JSONField(default=dict)
    """Without secrets; the same is in the archive."""
    platform = models.ForeignKey(Platform, null=True, on_delete=models.SET_NULL, related_name="backups")
    """The one that the site ran on."""
    task = models.BigIntegerField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = BackupQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["site", "-id"], name="backup_of_site"),
            models.Index(fields=["site", "state", "created_at"], name="backup_of_site_in_state"),
            models.Index(fields=["-created_at", "id"], name="backup_newest"),
        ]

    def __str__(self) -> str:
        return f"backup {self.pk} of {self.domain}"

    @property
    def path(self) -> Path:
        """Where the archive lies, or will."""
        return folder() / self.file


def folder() -> Path:
    """Where all archives lie; closed to everybody but who runs the worker."""
    return Path(settings.AEGIR_HOME) / "backups"
