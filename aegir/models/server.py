"""Machines, and the services that they offer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import models

from aegir.models.secret import Secret

LOW = 0.05
"""A disk of which less than this part is free needs attention."""


@dataclass(frozen=True)
class Room:
    """A file system when it was last measured, in bytes."""

    what: str
    """What lies there: platforms, backups."""
    path: str
    free: int
    size: int
    at: int = 0
    """When that was, in seconds since 1970; 0 where nobody wrote it down."""

    @property
    def measured(self) -> datetime | None:
        """The same moment."""
        return datetime.fromtimestamp(self.at, UTC) if self.at else None

    @property
    def low(self) -> bool:
        return self.free < LOW * self.size


class Server(models.Model):
    """A machine that Aegir may use."""

    class State(models.TextChoices):
        QUEUED = "queued", "not verified yet"
        ENABLED = "enabled", "verified"
        FAILED = "failed", "verify failed"

    name = models.CharField(max_length=253, unique=True)
    """Host name or IP address."""
    title = models.CharField(max_length=200, blank=True)
    addresses: models.JSONField[Any, Any] = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    facts: models.JSONField[Any, Any] = models.JSONField(default=dict)
    """What the last verify found: versions by service, PHP extensions; and the room on its disks, which is
    measured more often."""
    verified_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name

    def room(self) -> list[Room]:
        """What its disks had free; nothing as long as nobody looked."""
        return [Room(what, **found) for what, found in self.facts.get("room", {}).items()]


class Service(models.Model):
    """One product that a server offers, with what its driver needs to know."""

    WEB: Final = "web"
    PHP: Final = "php"
    DATABASE: Final = "database"

    server = models.ForeignKey(Server, on_delete=models.CASCADE, related_name="services")
    family = models.CharField(max_length=20)
    """The driver family: web, php, database."""
    driver = models.CharField(max_length=20)
    """The driver's file name: nginx, fpm, mysql, sqlite."""
    settings: models.JSONField[Any, Any] = models.JSONField(default=dict)
    """The fields of the driver family's own value type (WebService, PhpService, DatabaseServer)."""
    start: models.JSONField[Any, Any] = models.JSONField(default=list)
    """Command that starts the service when it is only started on demand; [] when it always runs."""
    secret = models.ForeignKey(Secret, null=True, on_delete=models.PROTECT)
    """The administrator's password, for a database."""

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["server", "family", "driver"], name="one_service_a_driver")
        ]

    def __str__(self) -> str:
        return f"{self.driver} on {self.server.name}"
