"""Moves of all sites of a platform over the API."""

from __future__ import annotations

from typing import Any

from ninja import Field, Query, Router, Status

from aegir import access
from aegir.access import Actor, heard
from aegir.api.auth import Asked
from aegir.api.fleet_answers import FleetAnswer, FleetDetail, FleetSiteAnswer, OutlookAnswer
from aegir.api.listing import Listing, Wanted
from aegir.api.schema import ERRORS, Body, Page, Paging, page
from aegir.models import Fleet, FleetSite
from aegir.operations import fleet_outlook, fleets

router = Router(tags=["fleets"])


class NewFleet(Body):
    source: str
    """The platform whose sites shall move."""
    target: str
    """The platform that they shall go to."""
    rehearse: int | None = Field(None, ge=0, le=fleets.MOST)
    """How many sites are rehearsed first; 1 unless given."""
    canary: int = Field(1, ge=0, le=fleets.MOST)
    wave: int = Field(10, ge=1, le=fleets.MOST)
    width: int = Field(2, ge=1, le=100)
    failures: int = Field(20, ge=0, le=100)
    start: bool = False
    """Whether it starts by itself once all sites are compared."""


class Cancelling(Body):
    now: bool = False
    """Whether what is being worked on is cancelled and undone, too."""


class Trying(Body):
    domains: list[str] = Field(default=[], max_length=10_000)
    """Which; all that failed or could not be moved unless given."""


class FleetFilter(Wanted):
    """Which fleets are wanted."""

    state: Fleet.State | None = None
    source: str | None = Field(None, max_length=60)
    target: str | None = Field(None, max_length=60)


class SiteFilter(Wanted):
    """Which sites of a fleet are wanted."""

    state: FleetSite.State | None = None
    wave: int | None = Field(None, ge=0, le=fleets.MOST)
    cause: str | None = Field(None, max_length=300)


LISTING = Listing(
    sorts={"id": "pk", "state": "state", "source": "source__name", "created_at": "created_at"},
    search=("source__name", "target__name", "asked_by"),
    filters={"state": "state", "source": "source__name", "target": "target__name"},
    falling=True,
)
SITES = Listing(
    sorts={"position": "position", "domain": "domain", "state": "state position"},
    search=("domain", "error"),
    filters={"state": "state", "wave": "wave", "cause": "cause"},
)


@router.get("", response={200: Page[FleetAnswer], **ERRORS})
def list_fleets(request: Asked, paging: Query[Paging], which: Query[FleetFilter]) -> dict[str, Any]:
    """Moves of all sites of a platform, the newest first unless ``sort`` says otherwise."""
    return page(LISTING.of(access.fleets(request.auth), which), paging, FleetAnswer.of)


@router.post("", response={201: FleetDetail, **ERRORS})
def add_fleet(request: Asked, body: NewFleet) -> Status[FleetDetail]:
    """Compare all sites of a platform with another one, to move them there. Nothing is moved before it is
    started."""
    actor = request.auth
    access.require(actor, "fleet_add")
    options = body.dict(exclude={"start"})
    heard.about(f"{body.source} to {body.target}", **options, start=body.start)
    made = fleets.make(**options, by=actor.name, begins=body.start, locked_too=_locked_too(actor))
    return Status(201, FleetDetail.seen(access.fleet(actor, made.pk)))


@router.get("/outlook", response={200: Page[OutlookAnswer], **ERRORS})
def foresee(request: Asked, paging: Query[Paging], source: str = "", target: str = "") -> dict[str, Any]:
    """What would become of each site of the platform ``source`` on the platform ``target``: a question, which
    leaves nothing behind."""
    access.require(request.auth, "fleet_see")
    home, there = fleets.platforms(source, target, locked_too=_locked_too(request.auth))
    judge = fleet_outlook.judge(there)
    return page(fleets.inhabitants(home), paging, lambda site: OutlookAnswer(**judge(site)))


@router.get("/{id}", response={200: FleetDetail, **ERRORS})
def show_fleet(request: Asked, id: int) -> FleetDetail:
    """One move, with what went wrong."""
    return FleetDetail.seen(access.fleet(request.auth, id))


@router.get("/{id}/sites", response={200: Page[FleetSiteAnswer], **ERRORS})
def list_fleet_sites(
    request: Asked, id: int, paging: Query[Paging], which: Query[SiteFilter]
) -> dict[str, Any]:
    """Its sites, in the order of their turns unless ``sort`` says otherwise."""
    rows = access.fleet(request.auth, id).sites.select_related("site__platform")
    return page(SITES.of(rows, which), paging, FleetSiteAnswer.of)


@router.post("/{id}/start", response={200: FleetDetail, **ERRORS})
def start_fleet(request: Asked, id: int) -> FleetDetail:
    """Begin to move, or as soon as all sites are compared."""
    fleet = _for("fleet_start", request, id)
    fleets.start(fleet)
    return FleetDetail.seen(fleet)


@router.post("/{id}/pause", response={200: FleetDetail, **ERRORS})
def pause_fleet(request: Asked, id: int) -> FleetDetail:
    """Begin with no further site; what is being worked on is finished."""
    fleet = _for("fleet_pause", request, id)
    fleets.pause(fleet)
    return FleetDetail.seen(fleet)


@router.post("/{id}/resume", response={200: FleetDetail, **ERRORS})
def resume_fleet(request: Asked, id: int) -> FleetDetail:
    """Go on with the rest; what failed is left out."""
    fleet = _for("fleet_resume", request, id)
    fleets.resume(fleet, locked_too=_locked_too(request.auth))
    return FleetDetail.seen(fleet)


@router.post("/{id}/retry", response={200: FleetDetail, **ERRORS})
def retry_fleet(request: Asked, id: int, body: Trying) -> FleetDetail:
    """Try what failed again, and go on."""
    fleet = _for("fleet_retry", request, id, domains=body.domains)
    fleets.retry(fleet, body.domains, locked_too=_locked_too(request.auth))
    return FleetDetail.seen(fleet)


@router.post("/{id}/cancel", response={200: FleetDetail, **ERRORS})
def cancel_fleet(request: Asked, id: int, body: Cancelling) -> FleetDetail:
    """Leave out what waits; what is being worked on is finished, or cancelled and undone too."""
    fleet = _for("fleet_cancel", request, id, now=body.now)
    fleets.cancel(fleet, request.auth.name, now=body.now)
    return FleetDetail.seen(fleet)


@router.post("/{id}/undo", response={200: FleetDetail, **ERRORS})
def undo_fleet(request: Asked, id: int) -> FleetDetail:
    """Take every site back that was moved."""
    fleet = _for("fleet_undo", request, id)
    fleets.undo(fleet, request.auth.name)
    return FleetDetail.seen(fleet)


def _for(action: str, request: Asked, number: int, /, **details: Any) -> Fleet:
    """The fleet, if that may be done to it."""
    return access.allowed(request.auth, action, access.fleet(request.auth, number), **details)


def _locked_too(actor: Actor) -> bool:
    return access.may(actor, "platform_use_locked")
