"""Security advisories over the API, with what they concern."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from ninja import Query, Router, Schema, Status

from aegir import access
from aegir.api.auth import Asked
from aegir.api.schema import ERRORS, Page, Paging, TaskDetail, accepted
from aegir.models.affected import Affected, Held

router = Router(tags=["advisories"])
NAMED = 200
"""How many sites and platforms of one advisory are named."""


class HeldAnswer(Schema):
    """A site or platform, and which version it has."""

    name: str
    version: str
    enabled: bool | None
    """Only sites know; None for platforms."""


class AdvisoryAnswer(Schema):
    """One advisory that concerns something here."""

    identifier: str
    package: str
    title: str
    link: str
    cve: str
    severity: str
    """critical, high, medium or low; "" where the feed does not say."""
    affected: str
    """The versions that it is about, as a Composer constraint."""
    reported_at: datetime | None
    platform_count: int
    site_count: int
    enabled_count: int
    """How many of those sites use it."""
    platforms: list[HeldAnswer]
    """The first 200."""
    sites: list[HeldAnswer]
    """The first 200."""

    @classmethod
    def of(cls, each: Affected) -> AdvisoryAnswer:
        row = each.advisory
        own = ["identifier", "package", "title", "link", "cve", "severity", "affected", "reported_at"]
        return cls(
            **{name: getattr(row, name) for name in own},
            platform_count=len(each.platforms),
            site_count=each.site_count,
            enabled_count=each.enabled,
            platforms=[_held(held) for held in each.platforms[:NAMED]],
            sites=[_held(held) for held in each.sites],
        )


class UnjudgedAnswer(Schema):
    """Something that may be vulnerable or not."""

    sentence: str
    platforms: int
    """How many have it."""
    sites: int


@router.get("", response={200: Page[AdvisoryAnswer], **ERRORS})
def list_advisories(request: Asked, paging: Query[Paging]) -> dict[str, Any]:
    """The advisories that concern what you may see, the worst first."""
    found = access.affected(request.auth)
    wanted = found[paging.offset : paging.offset + paging.limit]
    access.name_affected(request.auth, wanted, NAMED)
    return {"count": len(found), "items": [AdvisoryAnswer.of(each) for each in wanted]}


@router.get("/unjudged", response={200: Page[UnjudgedAnswer], **ERRORS})
def list_unjudged(request: Asked, paging: Query[Paging]) -> dict[str, Any]:
    """What of that you may see no advisory can be laid beside, and why."""
    found = access.unjudged(request.auth)
    wanted = found[paging.offset : paging.offset + paging.limit]
    return {"count": len(found), "items": [UnjudgedAnswer(**asdict(each)) for each in wanted]}


@router.post("/fetch", response={202: TaskDetail, **ERRORS})
def fetch_advisories(request: Asked) -> Status[TaskDetail]:
    """Ask the feed now; it is asked every day anyhow."""
    return accepted(request.auth, access.ask(request.auth, "advisory_fetch"))


def _held(held: Held) -> HeldAnswer:
    return HeldAnswer(name=held.name, version=held.version, enabled=held.enabled)
