"""Set how often a site's cron runs."""

from __future__ import annotations

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Task
from aegir.models.default import KINDS
from aegir.operations import finding, places
from aegir.steps.record_everyday import CronSet

TITLE = "Set cron"


def plan(task: Task) -> list[Step]:
    return [CronSet(places.site_of(task).pk, task.arguments["minutes"])]


def ask(*, domain: str, minutes: int | None = None, by: str) -> Task:
    """Queue the change: minutes between two runs, 0 for never, None for as the default says."""
    site, kind = finding.site(domain), KINDS["cron_minutes"]
    if minutes is not None and not kind.allowed(minutes):
        raise Refused(f"Cron cannot run every {minutes} minutes: give {kind.hint}.", field="minutes")
    return places.ask_site("cron_set", site, by, {"domain": domain, "minutes": minutes}, priority=5)
