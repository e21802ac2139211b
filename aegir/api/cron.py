"""When the sites' cron runs, over the API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from django.db.models import DateTimeField, Value
from django.db.models.functions import Coalesce
from ninja import Query, Router, Schema

from aegir import access
from aegir.api.auth import Asked
from aegir.api.listing import Listing, Wanted
from aegir.api.schema import ERRORS, Page, Paging, page
from aegir.models import Site, default

router = Router(tags=["cron"])


class CronAnswer(Schema):
    domain: str
    state: str
    minutes: int
    """Between two runs; 0 for never."""
    own: bool
    """Whether the site says so itself, or the default does."""
    next_at: datetime | None
    ran_at: datetime | None
    error: str
    """What the last run said when it failed; "" when it went well."""


class CronFilter(Wanted):
    """Whose cron is wanted."""

    state: Site.State | None = None
    platform: str | None = None
    client: str | None = None


NEVER = datetime(9999, 1, 1, tzinfo=UTC)
LISTING = Listing(
    sorts={"next_at": "turn domain", "domain": "domain", "ran_at": "cron_ran_at"},
    search=("domain", "cron_error"),
    filters={"state": "state", "platform": "platform__name", "client": "client__name"},
)


@router.get("", response={200: Page[CronAnswer], **ERRORS})
def list_cron(request: Asked, paging: Query[Paging], which: Query[CronFilter]) -> dict[str, Any]:
    """Every site's cron, the next to run first unless ``sort`` says otherwise."""
    access.require(request.auth, "cron_see")
    words = access.wording(request.auth)
    usual = int(default.value("cron_minutes"))

    def shape(site: Site) -> CronAnswer:
        own = site.cron_minutes is not None
        return CronAnswer(
            domain=site.domain,
            state=site.state,
            minutes=site.cron_minutes if site.cron_minutes is not None else usual,
            own=own,
            next_at=site.cron_next_at,
            ran_at=site.cron_ran_at,
            error=words.text(site.cron_error),
        )

    query = access.sites(request.auth).annotate(
        turn=Coalesce("cron_next_at", Value(NEVER, output_field=DateTimeField()))
    )
    return page(LISTING.of(query, which), paging, shape)
