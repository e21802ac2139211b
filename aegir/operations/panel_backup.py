"""Back up Aegir itself: its rows and keys in one archive, while everything goes on. Daily by schedule."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version

from django.conf import settings
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from aegir.engine import ledger
from aegir.engine.step import Step
from aegir.models import Task, default
from aegir.operations import own
from aegir.steps.panel import STAMP, DropPanelBackups, HasRoomForRows, WritePanelBackup, own_rows
from aegir.steps.record_panel import PanelBackedUp

TITLE = "Back up Aegir"


def plan(task: Task) -> list[Step]:
    now, home, folder = datetime.now(UTC), str(settings.AEGIR_HOME), own.folder()
    name, kept = f"aegir-{now.strftime(STAMP)}-{task.pk}.tar.zst", int(default.value("panel_backups"))
    return [
        HasRoomForRows(own.HOST, str(settings.AEGIR_HOME / "backups")),
        WritePanelBackup(own.HOST, home, folder, name, _manifest(now, task)),
        PanelBackedUp(folder, name, kept),
        DropPanelBackups(own.HOST, folder, kept),
    ]


def ask(*, by: str) -> Task:
    """Queue a backup of Aegir itself."""
    return ledger.ask("panel_backup", subject=own.SUBJECT, keys=own.keys(), by=by)


def _manifest(now: datetime, task: Task) -> dict[str, object]:
    """What the archive says of itself. No secrets: those are its keys alone."""
    applied = sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())
    return {
        "kind": "panel",
        "aegir": version("aegir"),
        "made_at": now.isoformat(timespec="seconds"),
        "address": settings.AEGIR_PANEL_URL,
        "rows": own_rows().title,
        "task": task.pk,
        "migrations": applied,
    }
