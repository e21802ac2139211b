"""Security advisories: which versions of which packages are known to be vulnerable."""

from __future__ import annotations

from django.db import models

from aegir.models.constraints import SEMANTIC


class Advisory(models.Model):
    """One advisory about one package, as the feed told of it."""

    identifier = models.CharField(max_length=100)
    """The feed's own: ``SA-CORE-2024-001``, ``PKSA-…``."""
    package = models.CharField(max_length=200)
    """Composer's name: ``drupal/core``, ``drupal/views``."""
    api = models.PositiveSmallIntegerField(default=SEMANTIC)
    """How it counts: as packages of Drupal 7 do, or as those of all that came later. Each has its feed."""
    title = models.CharField(max_length=500)
    link = models.CharField(max_length=500, blank=True)
    cve = models.CharField(max_length=40, blank=True)
    severity = models.CharField(max_length=20, blank=True)
    affected = models.CharField(max_length=2000)
    """A Composer constraint: ``>=10.0.0,<10.1.8|>=10.2.0,<10.2.2``."""
    reported_at = models.DateTimeField(null=True)
    fetched_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["identifier", "package", "api"], name="advisory_unique"),
        ]
        indexes = [models.Index(fields=["package"], name="advisory_package")]

    def __str__(self) -> str:
        return f"{self.identifier} ({self.package})"
