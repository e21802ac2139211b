"""Compare the sites of a fleet with the platform that they shall go to. Asked for by the fleet itself."""

from __future__ import annotations

from aegir.engine import ledger
from aegir.engine.ledger import Key, Subject
from aegir.engine.step import Step
from aegir.models import Fleet, FleetSite, Task
from aegir.steps.record_fleet import CompareSites

TITLE = "Compare the sites"
NAME = "fleet_compare"
ACTIVE = (Task.State.QUEUED, Task.State.RUNNING)


def plan(task: Task) -> list[Step]:
    return [CompareSites(int(task.arguments["fleet"]))]


def ask(*, fleet: int, by: str) -> Task:
    """Queue the comparison of whatever is not compared yet by then."""
    platform = Fleet.objects.select_related("source").get(pk=fleet).source
    return ledger.ask(
        NAME,
        subject=Subject("platform", platform.pk, platform.name),
        keys=[Key(f"fleet:{fleet}")],
        by=by,
        arguments={"fleet": fleet},
    )


def ask_if_needed(fleet: Fleet) -> None:
    """Queue it when there is something to be compared, unless that is being done."""
    if not fleet.sites.filter(state=FleetSite.State.COMPARING).exists():
        return
    asked = Task.objects.filter(operation=NAME, subject_kind="platform", subject_id=fleet.source_id)
    if not asked.filter(state__in=ACTIVE, arguments__fleet=fleet.pk).exists():
        ask(fleet=fleet.pk, by=fleet.asked_by)
