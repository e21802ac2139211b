"""Migrate a site to another platform, which is how it is upgraded."""

from __future__ import annotations

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Task
from aegir.operations import finding, gate, moving
from aegir.operations.moving import Move
from aegir.steps.app import InspectSite, UpdateDrupal

TITLE = "Migrate"

ended = moving.ended


def plan(task: Task) -> list[Step]:
    move = Move.of(task)
    gate.require_fit(move.site, move.pair.platform)
    return [
        *move.started(),
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


def ask(*, domain: str, platform: str, by: str) -> Task:
    """Queue the move of a site to another platform."""
    site, target = finding.installed(domain, "migrated"), finding.open_platform(platform)
    if target == site.platform:
        raise Refused(
            f"{site.domain} is on {target.name} already: choose another platform.", field="platform"
        )
    gate.require_fit(site, target)
    finding.refuse_remains(target, site.domain)
    note = f"Before the move from {site.platform.name} to {target.name}"
    arguments = {"domain": domain, "platform": platform}
    return moving.begin("site_migrate", site, target, by, arguments, backup=note)
