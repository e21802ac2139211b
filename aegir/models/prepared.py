"""Prepared copies: freshly installed sites that nobody uses, from which new ones are made in no time."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from aegir.models.platform import Platform
from aegir.models.secret import Secret
from aegir.models.server import Service


class PreparedQuerySet(models.QuerySet["Prepared"]):
    def stale(self) -> PreparedQuerySet:
        """Made from code that is no longer there, or of a platform that is gone."""
        gone = Q(platform__state=Platform.State.DELETED)
        return self.filter(ready=True).filter(gone | ~Q(fingerprint=F("platform__fingerprint")))


class Prepared(models.Model):
    """One installed database, with what the installer left in the site's files."""

    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, related_name="prepared")
    profile = models.CharField(max_length=60)
    language = models.CharField(max_length=20)
    database = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="prepared")
    fingerprint = models.CharField(max_length=64)
    """Of the platform's code when the copy was made; it fits that code only."""
    database_name = models.CharField(max_length=64)
    database_user = models.CharField(max_length=32)
    database_secret = models.ForeignKey(Secret, null=True, on_delete=models.PROTECT, related_name="+")
    ready = models.BooleanField(default=False)
    """False while the installation that it is taken from goes on."""
    task = models.BigIntegerField()
    """Of that installation."""
    made_at = models.DateTimeField(auto_now_add=True)

    objects = PreparedQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.profile} of {self.platform.name}"

    def forget(self) -> None:
        """Remove the row and its secret; its database and files must be gone."""
        secret = self.database_secret
        self.delete()
        if secret is not None:
            secret.delete()

    @property
    def files(self) -> Path:
        """Where what the installer left in the site's files waits."""
        return Path(settings.AEGIR_HOME) / "prepared" / self.database_name
