"""Run a site's database updates: on a new pair, so that updates that fail leave the site as it was."""

from __future__ import annotations

from aegir.engine.step import Step
from aegir.models import Task
from aegir.operations import finding, moving
from aegir.operations.moving import Move
from aegir.steps.app import InspectSite, UpdateDrupal
from aegir.steps.everyday import LookForUpdates

TITLE = "Update"

ended = moving.ended


def plan(task: Task) -> list[Step]:
    move = Move.of(task)
    return [
        *move.started(),
        LookForUpdates(move.old),
        *move.room(),
        *move.backup(task),
        *move.database(),
        *move.files(),
        *move.closed(),
        *move.filled(),
        *move.placed(),
        UpdateDrupal(move.new),
        InspectSite(move.new),
        *move.opened(),
        *move.recorded(),
    ]


def ask(*, domain: str, by: str) -> Task:
    """Queue the database updates that a site's code brings; where none are waiting nothing is done."""
    site = finding.installed(domain, "updated")
    note = "Before database updates"
    return moving.begin("site_update", site, site.platform, by, {"domain": domain}, backup=note)
