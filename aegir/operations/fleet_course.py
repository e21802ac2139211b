"""How a fleet goes on: from its rows and from the tasks that they name, and from nothing else.

``advance`` may be called by anybody, at any moment, any number of times. It is called when a task of a
fleet's site is over, in the transaction that ends it, and by schedule; so nothing has to live for a fleet to
go on, and whatever is killed loses nothing.
"""

from __future__ import annotations

import logging
from datetime import datetime
from typing import Any

from django.db import OperationalError, transaction
from django.db.models import Count, Exists, Max, OuterRef, Q, QuerySet
from django.utils import timezone

from aegir.engine import ledger, recipe
from aegir.errors import AegirError
from aegir.models import Fleet, FleetSite, Pair, Platform, Site, Task, feature
from aegir.operations import finding, fleet_compare, fleet_ends
from aegir.operations.fleet_ends import MOVE, REHEARSAL, RETURN

logger = logging.getLogger(__name__)

State, Turn = Fleet.State, FleetSite.State
ACTIVE = (Task.State.QUEUED, Task.State.RUNNING)
AT_ONCE = 8
"""How many tasks one call asks for: the ledger is written to by everybody meanwhile."""
OPERATIONS = {State.REHEARSING: REHEARSAL, State.CANARY: MOVE, State.MOVING: MOVE, State.UNDOING: RETURN}
WORK = {REHEARSAL: Turn.REHEARSING, MOVE: Turn.MOVING, RETURN: Turn.RETURNING}


def heard(task: Task) -> None:
    """A task is over; if it was one of a fleet's, that fleet goes on. One query for most others, none for
    what fleets never ask for."""
    if task.operation == fleet_compare.NAME:
        advance(int(task.arguments["fleet"]))
    elif task.operation in fleet_ends.OPERATIONS:
        fleet_ends.adopt(task)
        for number in FleetSite.objects.filter(task=task).values_list("fleet", flat=True):
            advance(number)


def advance(number: int) -> None:
    """Write down what became of the tasks that are over, and ask for those whose turn it is now."""
    with transaction.atomic():
        fleets = Fleet.objects.select_for_update(of=("self",)).select_related("source", "target")
        fleet = fleets.filter(pk=number).first()
        if fleet is None:
            return
        fleet_ends.settle(fleet)
        asked = 0
        while asked < AT_ONCE and fleet.going and feature.on("fleets"):
            if _turned(fleet):
                continue
            row = _next(fleet)
            if row is None:
                return
            asked += _begin(fleet, row)


def _turned(fleet: Fleet) -> bool:
    """Whether the fleet is in another state, or at another wave, than it was."""
    if not fleet.back:
        fleet_compare.ask_if_needed(fleet)
        _arrange(fleet)
    if reason := _stopping(fleet):
        fleet.resumes, fleet.reason = fleet.state, reason[:500]
        return _enter(fleet, State.STOPPED)
    if fleet.state == State.COMPARING:
        return not _comparing(fleet) and _compared(fleet)
    if fleet.state == State.REHEARSING:
        return _rehearsed(fleet) and _enter(fleet, State.CANARY)
    if fleet.state == State.UNDOING:
        left = fleet.sites.filter(state__in=[Turn.MOVED, *FleetSite.AT_WORK])
        return not left.exists() and _enter(fleet, State.UNDONE)
    return _wave_over(fleet)


def _enter(fleet: Fleet, state: str) -> bool:
    fleet.state = state
    fleet.ended_at = timezone.now() if fleet.over else None
    fleet.save()
    return True


def begin(fleet: Fleet) -> None:
    """Have it start: with rehearsals, or at once with the first to be moved."""
    fleet.started_at, fleet.begins = timezone.now(), False
    _enter(fleet, State.REHEARSING)


def _compared(fleet: Fleet) -> bool:
    """All are compared: the person looks at it first, unless it was to start by itself."""
    if fleet.begins and fleet.sites.filter(state=Turn.WAITING).exists():
        begin(fleet)
        return True
    fleet.begins = False
    return _enter(fleet, State.READY)


def _arrange(fleet: Fleet) -> None:
    """Give those a wave that have none: canaries first, and who comes later after all others."""
    waiting = fleet.sites.filter(state=Turn.WAITING, wave=None).order_by("position")
    if not waiting.exists() or (fleet.state == State.COMPARING and _comparing(fleet)):
        return
    rows, last = list(waiting), fleet.sites.aggregate(last=Max("wave"))["last"]
    first = fleet.canary if last is None else 0
    start = 1 if last is None else max(last, fleet.number) + 1
    for place, row in enumerate(rows):
        row.wave = 0 if place < first else start + (place - first) // fleet.wave
    FleetSite.objects.bulk_update(rows, ["wave"], batch_size=500)


def _comparing(fleet: Fleet) -> bool:
    return fleet.sites.filter(state=Turn.COMPARING).exists()


def _to_rehearse(fleet: Fleet) -> int:
    """How many rehearsals are still to be asked for."""
    tried = fleet.sites.filter(Q(state=Turn.REHEARSING) | Q(rehearsed__isnull=False)).count()
    return max(0, fleet.rehearse - tried)


def _rehearsed(fleet: Fleet) -> bool:
    if fleet.sites.filter(state=Turn.REHEARSING).exists():
        return False
    return not _to_rehearse(fleet) or not _candidates(fleet).exists()


def _wave_over(fleet: Fleet) -> bool:
    """When no site of the wave waits or is at it any more: on to the next, or the end."""
    if fleet.sites.filter(Q(state=Turn.WAITING, wave=fleet.number) | Q(state__in=FleetSite.AT_WORK)).exists():
        return False
    ahead = fleet.sites.filter(state=Turn.WAITING, wave__isnull=False).order_by("wave").first()
    if ahead is None:
        return not _comparing(fleet) and _enter(fleet, State.DONE)
    assert ahead.wave is not None
    fleet.number = ahead.wave
    return _enter(fleet, State.MOVING)


def _stopping(fleet: Fleet) -> str:
    """Why it must not go on; "" when it may."""
    if fleet.state == State.UNDOING:
        away = fleet.sites.filter(state=Turn.AWAY, excused=False).count()
        return _too_many(fleet, away, fleet.wave, f"{away} sites could not go back")
    if reason := fleet_compare.hopeless(fleet):
        return reason
    if fleet.state == State.COMPARING:
        return ""
    if reason := _target_lost(fleet):
        return reason
    failed = fleet.sites.filter(state=Turn.FAILED, excused=False).order_by("position")
    if fleet.state == State.MOVING:
        lost = failed.filter(wave=fleet.number).count()
        size = fleet.sites.filter(wave=fleet.number).exclude(state__in=[Turn.SKIPPED, Turn.BLOCKED]).count()
        return _too_many(fleet, lost, size, f"{lost} of {size} moves of wave {fleet.number} failed")
    first = failed.first() if fleet.state == State.REHEARSING else failed.filter(wave=0).first()
    if first is None:
        return ""
    what = "The rehearsal" if first.rehearsed is False else "The first move"
    return f"{what} of {first.domain} failed: {first.error}"


def _too_many(fleet: Fleet, failed: int, size: int, said: str) -> str:
    if not failed or failed * 100 <= fleet.failures * size:
        return ""
    return f"{said}, which is more than {fleet.failures} % of a wave."


def _target_lost(fleet: Fleet) -> str:
    target = fleet.target
    if target.state == Platform.State.LOCKED and not fleet.locked_too:
        return f"The platform {target.name} was locked: unlock it, then let the move go on."
    if target.state not in (Platform.State.ENABLED, Platform.State.LOCKED):
        return f"The platform {target.name} is {target.get_state_display()}: nothing can be moved there."
    checks = Task.objects.filter(
        operation="platform_verify", subject_kind="platform", subject_id=target.pk, state__in=Task.OVER
    )
    last = checks.order_by("-pk").first()
    if last is None or last.state in fleet_ends.GOOD or not _since(last.ended_at, fleet.created_at):
        return ""
    return f"The last verify of {target.name} did not go well (task {last.pk}): {last.error}"


def _since(moment: datetime | None, start: datetime) -> bool:
    return moment is not None and moment > start


def _candidates(fleet: Fleet) -> QuerySet[FleetSite]:
    """Whose turn it is."""
    if fleet.state == State.REHEARSING:
        return fleet.sites.filter(state=Turn.WAITING, rehearsed=None, wave__isnull=False)
    if fleet.state == State.UNDOING:
        return fleet.sites.filter(state=Turn.MOVED)
    return fleet.sites.filter(state=Turn.WAITING, wave=fleet.number)


def _next(fleet: Fleet) -> FleetSite | None:
    """The first whose database server has room; one that something else is at goes after the others."""
    if fleet.state == State.COMPARING or (fleet.state == State.REHEARSING and not _to_rehearse(fleet)):
        return None
    at_work = FleetSite.objects.filter(state__in=FleetSite.AT_WORK)
    load = at_work.values_list("site__database").annotate(Count("pk")).order_by()
    full = [server for server, count in load if count >= fleet.width]
    others = Task.objects.filter(subject_kind="site", subject_id=OuterRef("site_id"), state__in=ACTIVE)
    rows = _candidates(fleet).exclude(site__database__in=full).annotate(busy=Exists(others))
    return rows.select_related("site__platform", "pair").order_by("busy", "position").first()


def _begin(fleet: Fleet, row: FleetSite) -> int:
    """Ask for the row's task, or write down why there will be none; how many were asked for."""
    state, said = _changed(fleet, row)
    if state:
        row.become(state, said)
        return 0
    operation = OPERATIONS[State(fleet.state)]
    arguments: dict[str, Any] = {"domain": row.site.domain}
    arguments |= {"pair": row.pair_id} if operation == RETURN else {"platform": fleet.target.name}
    try:
        row.task = _ask(fleet, operation, arguments)
    except OperationalError:
        raise
    except Exception as error:  # a recipe may refuse in any way: this site fails, the others go on
        if not isinstance(error, AegirError):
            logger.exception("%s of %s could not be asked for", operation, row.domain)
        if operation == REHEARSAL:
            row.rehearsed = False
        row.become(Turn.AWAY if operation == RETURN else Turn.FAILED, str(error) or type(error).__name__)
        return 0
    row.excused = False
    row.become(WORK[operation])
    return 1


def _ask(fleet: Fleet, operation: str, arguments: dict[str, Any]) -> Task:
    with transaction.atomic(), ledger.yielding():
        if not fleet.locked_too:
            return recipe.load(operation).ask(fleet.asked_by, arguments)
        with finding.locked_too():
            return recipe.load(operation).ask(fleet.asked_by, arguments)


def _changed(fleet: Fleet, row: FleetSite) -> tuple[str, str]:
    """What a site became that changed meanwhile, and in words why; two empty strings when it did not."""
    site, home = row.site, row.site.platform
    if fleet.state == State.UNDOING:
        return _changed_since(fleet, row)
    if site.state == Site.State.DELETED:
        return Turn.SKIPPED, "The site was deleted meanwhile."
    if home.pk == fleet.target_id:
        return Turn.SKIPPED, f"Somebody moved the site to {home.name} meanwhile."
    if home.pk != fleet.source_id:
        return Turn.SKIPPED, f"Somebody moved the site to {home.name} meanwhile, so it stays there."
    return "", ""


def _changed_since(fleet: Fleet, row: FleetSite) -> tuple[str, str]:
    """The same of a site that was moved and shall go back. Nothing counts as a failure that no task tried."""
    site, home, row.excused = row.site, row.site.platform, True
    if site.state == Site.State.DELETED:
        return Turn.AWAY, "The site was deleted meanwhile."
    if home.pk == fleet.source_id:
        return Turn.RETURNED, f"Somebody took the site back to {home.name} meanwhile."
    if home.pk != fleet.target_id:
        return Turn.AWAY, f"Somebody moved the site to {home.name} meanwhile, so it stays there."
    if row.pair is None or row.pair.state != Pair.State.KEPT:
        return Turn.AWAY, "What the site was before is no longer kept: restore a backup instead."
    return "", ""
