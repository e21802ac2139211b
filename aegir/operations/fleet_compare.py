"""Compare the sites of a fleet with the platform that they shall go to. Asked for by the fleet itself."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from django.utils import timezone

from aegir.engine import ledger
from aegir.engine.ledger import Key, Subject
from aegir.engine.runner import INTERRUPTED
from aegir.engine.step import Step
from aegir.models import Fleet, FleetSite, Task
from aegir.operations import fleet_ends
from aegir.steps.record_fleet import CompareSites

TITLE = "Compare the sites"
NAME = "fleet_compare"
ACTIVE = (Task.State.QUEUED, Task.State.RUNNING)
TIMES = 5
"""So many failures one after the other stop the fleet; so do as many more after somebody let it go on."""
REST = timedelta(seconds=10)


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
    """Queue it when there is something to be compared, unless that is being done, or failed just now."""
    if not fleet.sites.filter(state=FleetSite.State.COMPARING).exists() or _asked(fleet).exists():
        return
    failed = _failed(fleet)
    if not failed or (not _hopeless(failed) and _rested(failed)):
        ask(fleet=fleet.pk, by=fleet.asked_by)


def again(fleet: Fleet) -> None:
    """The same at once, however often it failed: somebody wants it to go on."""
    if fleet.sites.filter(state=FleetSite.State.COMPARING).exists() and not _asked(fleet).exists():
        ask(fleet=fleet.pk, by=fleet.asked_by)


def hopeless(fleet: Fleet) -> str:
    """Why it cannot go on: its sites could not be compared too often, one time after the other."""
    if not fleet.sites.filter(state=FleetSite.State.COMPARING).exists() or _asked(fleet).exists():
        return ""
    failed = _failed(fleet)
    if not _hopeless(failed):
        return ""
    return f"Its sites could not be compared, {len(failed)} times over: {fleet_ends.why(failed[0])}"


def _asked(fleet: Fleet) -> QuerySet[Task]:
    return _tasks(fleet).filter(state__in=ACTIVE)


def _failed(fleet: Fleet) -> list[Task]:
    """Those that failed since the last that did not, the last first."""
    good = _tasks(fleet).filter(state__in=fleet_ends.GOOD).order_by("-pk").values_list("pk", flat=True)
    return list(_tasks(fleet).filter(state__in=Task.OVER, pk__gt=good.first() or 0).order_by("-pk"))


def _tasks(fleet: Fleet) -> QuerySet[Task]:
    about = {"subject_kind": "platform", "subject_id": fleet.source_id, "arguments__fleet": fleet.pk}
    return Task.objects.filter(operation=NAME, **about)


def _hopeless(failed: list[Task]) -> bool:
    return bool(failed) and len(failed) % TIMES == 0


def _rested(failed: list[Task]) -> bool:
    """After the first time a little, then twice as long each time; at once when only its process died."""
    if failed[0].error == INTERRUPTED:
        return True
    pause = REST * 2 ** (len(failed) % TIMES - 1)
    return failed[0].ended_at is None or timezone.now() - failed[0].ended_at >= pause
