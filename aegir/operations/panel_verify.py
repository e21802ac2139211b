"""Verify Aegir itself: its rows, keys, folders, workers, backups and audit; modes are set right."""

from __future__ import annotations

from django.conf import settings

from aegir.engine import ledger
from aegir.engine.step import Step
from aegir.models import Task
from aegir.operations import own
from aegir.steps.panel import CheckArchives, CheckRows, CheckSpace, SetModes
from aegir.steps.record_panel import CheckAudit, CheckKey, CheckMigrations, CheckWorkers, PanelVerified

TITLE = "Verify Aegir"
STALE_HOURS = 48
"""The schedule makes a backup each day."""


def plan(task: Task) -> list[Step]:
    home = str(settings.AEGIR_HOME)
    checks: list[Step] = [
        CheckRows(),
        CheckMigrations(),
        CheckKey(),
        CheckAudit(),
        CheckWorkers(),
        CheckSpace(own.HOST, home),
        CheckArchives(own.HOST, own.folder(), STALE_HOURS),
    ]
    modes = SetModes(own.HOST, home, tuple(settings.AEGIR_MODES.items()))
    return [*checks, modes, PanelVerified(tuple(type(check).__name__ for check in checks))]


def ask(*, by: str) -> Task:
    """Queue the verification of Aegir itself."""
    return ledger.ask("panel_verify", subject=own.SUBJECT, keys=own.keys(), by=by)
