"""What can be asked of a fleet: to be made, started, paused, taken back. Each writes rows; what follows from
them is ``fleet_course``'s."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress

from django.db import transaction
from django.db.models import Case, QuerySet, Value, When
from django.utils import timezone

from aegir.engine import ledger
from aegir.errors import Refused
from aegir.models import Fleet, FleetSite, Platform, Site, Task, feature, fleet_possible, names
from aegir.models.possible import could_hold
from aegir.models.site import SiteQuerySet
from aegir.operations import finding, fleet_compare, fleet_course, fleet_ends

State, Turn = Fleet.State, FleetSite.State
MOST = 100_000
LIMITS = {
    "rehearse": (0, MOST),
    "canary": (0, MOST),
    "wave": (1, MOST),
    "width": (1, 100),
    "failures": (0, 100),
}
"""What may be chosen, from and to."""
NEVER_BEGAN = (Turn.COMPARING, Turn.WAITING)


def make(
    *,
    source: str,
    target: str,
    by: str,
    rehearse: int | None = None,
    canary: int = 1,
    wave: int = 10,
    width: int = 2,
    failures: int = 20,
    begins: bool = False,
    locked_too: bool = False,
) -> Fleet:
    """Write down that the sites of ``source`` shall move to ``target``, and have them compared. Nothing is
    moved before it is started; ``begins`` starts it as soon as all are compared.

    ``rehearse`` is 1 unless given, or 0 where rehearsals are switched off.
    """
    home, there = platforms(source, target, locked_too=locked_too)
    if rehearse is None:
        rehearse = int(feature.on("rehearsals"))
    chosen = {"rehearse": rehearse, "canary": canary, "wave": wave, "width": width, "failures": failures}
    _refuse_beyond(chosen)
    if rehearse and not feature.on("rehearsals"):
        raise Refused("Rehearsals are switched off: rehearse 0 sites.", field="rehearse")
    with transaction.atomic():
        Platform.objects.select_for_update().get(pk=home.pk)  # one fleet a platform, however many ask
        _refuse_other(home)
        fleet = Fleet.objects.create(
            source=home, target=there, asked_by=by, begins=begins, locked_too=locked_too, **chosen
        )
        sites = list(inhabitants(home))
        if not sites:
            raise Refused(f"The platform {home.name} has no sites: there is nothing to move.", field="source")
        FleetSite.objects.bulk_create(
            (
                FleetSite(fleet=fleet, site=site, domain=site.domain, position=position)
                for position, site in enumerate(sites)
            ),
            batch_size=500,
        )
        fleet_course.advance(fleet.pk)
    return fleet


def platforms(source: str, target: str, *, locked_too: bool = False) -> tuple[Platform, Platform]:
    """The two platforms of those names; Refused where no site of the one could ever go to the other."""
    with finding.calling(platform="source"):
        home = finding.platform(source)
    with finding.calling(platform="target"), finding.locked_too() if locked_too else nullcontext():
        there = finding.open_platform(target)
    if home == there:
        raise Refused(f"The sites are on {home.name} already: choose another platform.", field="target")
    if not could_hold(there, home.major):
        raise Refused(
            f"{there.name} has Drupal {there.major}, which no site of {home.name} (Drupal {home.major}) "
            "can be moved to: choose another platform.",
            field="target",
        )
    return home, there


def inhabitants(home: Platform) -> SiteQuerySet:
    """The sites of a platform in the order of their turns: those that serve come first, for only they prove
    anything."""
    serving = Case(When(state=Site.State.ENABLED, then=Value(0)), default=Value(1))
    found = Site.objects.live().filter(platform=home).annotate(rank=serving)
    return found.select_related("platform").order_by("rank", "domain")


def start(fleet: Fleet) -> None:
    """Begin with what was compared; while that goes on, as soon as it is over."""
    with _held(fleet, "start") as row:
        row.begins = True
        if row.state == State.READY:
            fleet_course.begin(row)


def pause(fleet: Fleet) -> None:
    """Ask for nothing more; what is asked for is finished."""
    with _held(fleet, "pause") as row:
        row.resumes, row.state = row.state, State.PAUSED


def resume(fleet: Fleet, *, locked_too: bool = False) -> None:
    """Go on with the rest; what failed is left out and no longer counts."""
    with _held(fleet, "resume") as row:
        _go_on(row, locked_too)


def retry(fleet: Fleet, domains: Sequence[str] = (), *, locked_too: bool = False) -> None:
    """Try what failed again, or what is named of it and of what was left out; and go on, unless paused."""
    with _held(fleet, "retry") as row:
        rows = _again(row, domains)
        if row.back:
            rows.update(state=Turn.MOVED, error="", cause="", excused=False)
        else:
            _wait_again(row, rows)
        if row.state == State.READY:
            row.state = State.COMPARING
        elif row.over:
            _refuse_other(row.source, row)
            row.state, row.ended_at = (State.UNDOING if row.back else State.MOVING), None
        elif row.state == State.STOPPED:
            _go_on(row, locked_too)


def undo(fleet: Fleet, by: str) -> None:
    """Take every site back that was moved; what waited stays where it is, what is being moved follows."""
    with _held(fleet, "undo") as row:
        if row.over:
            _refuse_other(row.source, row)
        row.state, row.resumes, row.reason, row.ended_at = State.UNDOING, "", "", None
        _leave_out(row, "The fleet goes back.")
    _call_off(fleet, by, now=False)


def cancel(fleet: Fleet, by: str, *, now: bool = False) -> None:
    """Leave out what waits; what is being worked on is finished, or with ``now`` cancelled and undone."""
    with _held(fleet, "cancel") as row:
        row.resumes = State.UNDOING if row.back else ""
        row.state, row.reason, row.ended_at = State.CANCELLED, "", timezone.now()
        _leave_out(row, "The move of the fleet was cancelled.")
    _call_off(fleet, by, now=now)


@contextmanager
def _held(fleet: Fleet, verb: str) -> Iterator[Fleet]:
    """The fleet's row, held alone, if that can be asked of it now; afterwards it goes on as its rows say."""
    with transaction.atomic():
        rows = Fleet.objects.select_for_update(of=("self",)).select_related("source", "target")
        row = rows.get(pk=fleet.pk)
        if why := fleet_possible.reasons(row, row.counts())[verb]:
            raise Refused(why)
        yield row
        row.save()
        fleet_course.advance(row.pk)
    fleet.refresh_from_db()


def _go_on(row: Fleet, locked_too: bool) -> None:
    row.sites.filter(state__in=[Turn.FAILED, Turn.AWAY]).update(excused=True)
    row.state, row.resumes, row.reason = row.resumes, "", ""
    row.locked_too = row.locked_too or locked_too
    if not row.back:
        fleet_compare.again(row)


def _again(row: Fleet, domains: Sequence[str]) -> QuerySet[FleetSite]:
    """The rows that shall be tried again; Refused when one that is named is not among those that can be."""
    wanted = [Turn.AWAY] if row.back else [Turn.FAILED, Turn.BLOCKED]
    if domains and not row.back:
        wanted.append(Turn.SKIPPED)
    found = row.sites.filter(state__in=wanted)
    if domains:
        found = found.filter(domain__in=domains)
        strange = sorted({*domains} - {*found.values_list("domain", flat=True)})
        if strange:
            raise Refused(
                f"{names.shown(strange[0], 253)} is none of the sites that failed or were left out.",
                field="domains",
            )
    numbers = list(found.values_list("pk", flat=True))
    if not numbers:
        raise Refused("Nothing failed: name those that were left out and shall be tried.", field="domains")
    return FleetSite.objects.filter(pk__in=numbers)


def _wait_again(row: Fleet, rows: QuerySet[FleetSite]) -> None:
    """What could not go is compared anew. Whose wave is over already goes after all the others."""
    phase = State(row.resumes or row.state)
    current = 0 if phase in (State.REHEARSING, State.CANARY) else row.number
    rows = rows.filter(pk__in=list(rows.values_list("pk", flat=True)))
    rows.filter(wave__lt=current).update(wave=None)
    if phase == State.REHEARSING:
        rows.update(rehearsed=None)
    rows.filter(state=Turn.BLOCKED).update(wave=None)
    again = Case(
        When(state=Turn.BLOCKED, then=Value(Turn.COMPARING.value)), default=Value(Turn.WAITING.value)
    )
    rows.update(state=again, error="", cause="", excused=False)


def _leave_out(row: Fleet, why: str) -> None:
    row.sites.filter(state__in=NEVER_BEGAN).update(state=Turn.SKIPPED, error=why, cause=why)


def _call_off(fleet: Fleet, by: str, *, now: bool) -> None:
    """Cancel the tasks that have not begun, with ``now`` also those that have. Not in the transaction above:
    who ends a task holds its row first and the fleet's then, so it must not be the other way round here."""
    states = [Task.State.QUEUED, *([Task.State.RUNNING] if now else [])]
    of_fleet = fleet.sites.filter(state__in=FleetSite.AT_WORK).values("task")
    calling = Task.objects.filter(pk__in=of_fleet, state__in=states)
    if fleet.state == State.UNDOING:
        calling = calling.exclude(operation=fleet_ends.RETURN)
    for task in calling.order_by("pk"):
        with suppress(Refused):  # over meanwhile, or past its point of no return
            ledger.cancel(task, by)


def _refuse_beyond(chosen: dict[str, int]) -> None:
    for name, (least, most) in LIMITS.items():
        if not least <= chosen[name] <= most:
            raise Refused(f"{name} cannot be {chosen[name]}: give {least} to {most}.", field=name)


def _refuse_other(home: Platform, row: Fleet | None = None) -> None:
    """One fleet at a time leaves a platform, or comes back to it."""
    others = (
        Fleet.objects.filter(source=home).exclude(state__in=Fleet.OVER).select_related("source", "target")
    )
    other = others.exclude(pk=row.pk if row else 0).first()
    if other is not None:
        raise Refused(
            f"The sites of {home.name} are on the move already ({other}, {other.get_state_display()}): see "
            f"«aegir fleet show {other.pk}», and cancel it if it shall not go on.",
            field="source",
        )
