"""The registry: every package of every platform and site."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from aegir.models.platform import Platform
from aegir.models.site import Site


class Package(models.Model):
    """A module, theme, profile, theme engine or core, as a platform has it or as a site has it."""

    platform = models.ForeignKey(Platform, null=True, on_delete=models.CASCADE, related_name="packages")
    site = models.ForeignKey(Site, null=True, on_delete=models.CASCADE, related_name="packages")
    kind = models.CharField(max_length=20)
    name = models.CharField(max_length=255)
    title = models.CharField(max_length=255, blank=True)
    version = models.CharField(max_length=60, blank=True)
    schema = models.IntegerField(null=True)
    """Highest update in code."""
    schema_installed = models.IntegerField(null=True)
    removed_before = models.IntegerField(null=True)
    enabled = models.BooleanField(null=True)
    """Only sites know; None for a platform."""
    hidden = models.BooleanField(default=False)
    path = models.CharField(max_length=1000, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(platform__isnull=True) ^ Q(site__isnull=True), name="package_has_one_holder"
            )
        ]
        indexes = [models.Index(fields=["name", "kind"], name="package_name_kind")]

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()
