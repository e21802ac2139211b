"""What the API says of moves of all sites of a platform."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Schema

from aegir.models import Fleet, FleetSite, fleet_possible
from aegir.models.fleet import Failure


class FleetAnswer(Schema):
    """A fleet as lists show it."""

    id: int
    source: str
    target: str
    state: str
    """comparing, ready, rehearsing, canary, moving, paused, stopped, cancelled, done, undoing or undone."""
    over: bool
    reason: str
    """Why it stopped."""
    resumes: str
    """The state that a paused or stopped one goes on from."""
    asked_by: str
    rehearse: int
    canary: int
    wave: int
    """How many sites make one."""
    width: int
    """How many are worked on at once on each database server."""
    failures: int
    """Per cent of a wave that may fail before the whole stops."""
    number: int
    """The wave that is being moved; 0 for the canary."""
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None

    @classmethod
    def of(cls, fleet: Fleet) -> FleetAnswer:
        return cls(**_fields(fleet))


class FailureAnswer(Schema):
    """Sites to which the same happened."""

    state: str
    """failed, blocked or away."""
    cause: str
    """The error without what differs from site to site."""
    count: int
    domain: str
    """The first of them."""
    error: str
    """What was said of it."""
    task: int | None


class FleetDetail(FleetAnswer):
    """A fleet with what became of its sites."""

    waves: int
    sites: dict[str, int]
    """How many are in each state."""
    groups: list[FailureAnswer]
    """What went wrong, equal things together."""
    refusals: dict[str, str]
    """For each thing that can be asked of it why that is not possible now; "" where it is."""

    @classmethod
    def seen(cls, fleet: Fleet) -> FleetDetail:
        counts = fleet.counts()
        return cls(
            **_fields(fleet),
            waves=fleet.waves(),
            sites=counts,
            groups=[_group(each) for each in fleet.causes()],
            refusals=fleet_possible.reasons(fleet, counts),
        )


class FleetSiteAnswer(Schema):
    """One site of a fleet."""

    domain: str
    """As it was called when the fleet was made."""
    state: str
    wave: int | None
    """0 for the canary; None as long as it has no turn."""
    rehearsed: bool | None
    """Whether its rehearsal went well; None when there was none."""
    warnings: int
    """Of the comparison."""
    error: str
    cause: str
    task: int | None
    """The one that works on it now, or did last."""
    platform: str
    """Where the site is now."""

    @classmethod
    def of(cls, row: FleetSite) -> FleetSiteAnswer:
        own = ["domain", "state", "wave", "rehearsed", "warnings", "error", "cause"]
        fields = {name: getattr(row, name) for name in own}
        return cls(**fields, task=row.task_id, platform=row.site.platform.name)


class OutlookAnswer(Schema):
    """What would become of one site."""

    domain: str
    allowed: bool
    error: str
    """What speaks against it."""
    warnings: int


def _fields(fleet: Fleet) -> dict[str, Any]:
    own = [
        "state",
        "over",
        "reason",
        "resumes",
        "asked_by",
        "rehearse",
        "canary",
        "wave",
        "width",
        "failures",
    ]
    own += ["number", "created_at", "started_at", "ended_at"]
    fields = {name: getattr(fleet, name) for name in own}
    return {"id": fleet.pk, "source": fleet.source.name, "target": fleet.target.name, **fields}


def _group(failure: Failure) -> FailureAnswer:
    first = failure.first
    return FailureAnswer(
        state=failure.state, cause=failure.cause, count=failure.count, domain=first.domain,
        error=first.error, task=first.task_id,
    )  # fmt: skip
