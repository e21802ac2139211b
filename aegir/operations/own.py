"""Aegir as a thing of its own: what tasks about it hold, and what is known of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import Any

from django.conf import settings

from aegir.engine.ledger import Key, Subject
from aegir.errors import Broken
from aegir.models import Task
from aegir.steps.panel import own_rows

HOST = "localhost"
SUBJECT = Subject("panel", None, "Aegir")
GOOD = (Task.State.SUCCEEDED, Task.State.WARNED)


@dataclass(frozen=True)
class Archive:
    """A backup of Aegir itself."""

    name: str
    size: int
    made_at: datetime


@dataclass(frozen=True)
class Facts:
    """What is known of this Aegir without touching anything."""

    version: str
    address: str
    rows: str
    """The product that keeps its rows."""
    size: int | None
    """Bytes that they take; None while nobody can tell."""
    folder: str
    """Where the archives lie."""
    archives: list[Archive]
    """As the last task saw them that looked: the panel itself may not look into the folder."""
    backup: Task | None
    """The last one that went well."""
    verify: Task | None
    """The last one with a report."""

    @property
    def findings(self) -> list[dict[str, Any]]:
        """Of the last verification: what, well, said."""
        return list(self.verify.result["findings"]) if self.verify else []


def keys() -> list[Key]:
    """One of these tasks at a time."""
    return [Key("panel:self")]


def folder() -> str:
    """Where the archives lie."""
    return str(settings.AEGIR_HOME / "backups" / "panel")


def facts() -> Facts:
    """All of it, now."""
    rows, (backup, verify) = own_rows(), (_last("panel_backup"), _last("panel_verify"))
    try:
        size: int | None = rows.size()
    except Broken:
        size = None
    return Facts(
        version=version("aegir"),
        address=settings.AEGIR_PANEL_URL,
        rows=rows.title,
        size=size,
        folder=folder(),
        archives=_archives([task for task in (backup, verify) if task]),
        backup=backup,
        verify=verify,
    )


def _last(operation: str) -> Task | None:
    # A dry run, and one that found nothing out, has no result.
    found = Task.objects.filter(operation=operation, state__in=GOOD).exclude(result={})
    return found.order_by("-pk").first()


def _archives(looked: list[Task]) -> list[Archive]:
    if not looked:
        return []
    said: list[dict[str, Any]] = max(looked, key=lambda task: task.pk).result["archives"]
    return [Archive(each["name"], each["size"], datetime.fromisoformat(each["made_at"])) for each in said]
