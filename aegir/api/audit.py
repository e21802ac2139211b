"""The audit over the API."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from itertools import islice
from typing import Any, Literal

from asgiref.sync import sync_to_async
from django.db.models import QuerySet
from django.http import StreamingHttpResponse
from ninja import Field, Query, Router, Schema

from aegir import access
from aegir.api.auth import Asked
from aegir.api.listing import Listing, Wanted
from aegir.api.schema import ERRORS, Page, Paging, page
from aegir.errors import Refused
from aegir.models import AuditEntry
from aegir.models.audit_export import COLUMNS, csv_heading, csv_line, json_line

router = Router(tags=["audit"])

BATCH = 500
TOLD = 100
"""How many places are named where the chain does not hold."""


class EntryAnswer(Schema):
    id: int
    at: datetime
    actor: str
    """Who asked; "" for nobody known."""
    door: str
    address: str
    action: str
    about: str
    outcome: str
    """done, accepted, refused, forbidden or failed."""
    sentence: str
    """Why it was refused."""
    task: int | None
    details: dict[str, Any]
    previous: str
    digest: str

    @classmethod
    def of(cls, entry: AuditEntry) -> EntryAnswer:
        return cls.from_orm(entry)


class EntryFilter(Wanted):
    """Which entries are wanted."""

    actor: str | None = None
    action: str | None = None
    about: str | None = None
    outcome: AuditEntry.Outcome | None = None
    door: str | None = None
    since: datetime | None = Field(None, description="at or after this time")
    until: datetime | None = Field(None, description="before this time")


class Verdict(Schema):
    intact: bool
    """Whether nobody changed, removed or added anything."""
    problems: list[str]
    """One sentence for each place where something is wrong, 100 at most."""


LISTING = Listing(
    sorts={"id": "pk", "actor": "actor", "action": "action", "about": "about", "outcome": "outcome"},
    search=("actor", "action", "about", "sentence"),
    filters={"actor": "actor", "action": "action", "about": "about", "outcome": "outcome", "door": "door"},
    falling=True,
)  # fmt: skip


@router.get("", response={200: Page[EntryAnswer], **ERRORS})
def list_audit(request: Asked, paging: Query[Paging], which: Query[EntryFilter]) -> dict[str, Any]:
    """Entries, newest first unless ``sort`` says otherwise."""
    access.require(request.auth, "audit_see")
    return page(_entries(request, which), paging, EntryAnswer.of)


@router.get(
    "/export",
    response={**ERRORS},
    openapi_extra={
        "responses": {
            200: {
                "description": "OK",
                "content": {"application/x-ndjson": {}, "text/csv": {}},
            }
        }
    },
)
def export_audit(
    request: Asked, which: Query[EntryFilter], format: Literal["jsonl", "csv"] = "jsonl"
) -> StreamingHttpResponse:
    """All entries that are wanted, oldest first, as JSON lines or as CSV."""
    access.require(request.auth, "audit_see")
    rows, csv_wanted = _entries(request, which), format == "csv"
    kind = "text/csv; charset=utf-8" if csv_wanted else "application/x-ndjson"
    lines = _lines(rows, csv_line if csv_wanted else json_line, csv_heading() if csv_wanted else "")
    response = StreamingHttpResponse(lines, content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="audit.{format}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@router.get("/verify", response={200: Verdict, **ERRORS})
def verify_audit(request: Asked) -> Verdict:
    """Whether the chain of entries holds."""
    access.require(request.auth, "audit_see")
    problems = list(islice(AuditEntry.broken(), TOLD))
    return Verdict(intact=not problems, problems=problems)


def _entries(request: Asked, which: EntryFilter) -> QuerySet[AuditEntry]:
    query = access.audit(request.auth)
    if which.since is not None:
        query = query.filter(at__gte=_moment(which.since, "since"))
    if which.until is not None:
        query = query.filter(at__lt=_moment(which.until, "until"))
    return LISTING.of(query, which)


def _moment(said: datetime, field: str) -> datetime:
    """In UTC, which a time without a zone is taken for."""
    try:
        return said.astimezone(UTC) if said.tzinfo else said.replace(tzinfo=UTC)
    except OverflowError as error:
        raise Refused("This time lies outside of the calendar.", field=field) from error


async def _lines(
    rows: QuerySet[AuditEntry], text: Callable[[dict[str, Any]], str], head: str
) -> AsyncIterator[str]:
    """The rows as they are read, so that neither memory nor a worker thread is held by a slow reader."""
    if head:
        yield head
    after = 0
    while True:
        found = await sync_to_async(_part)(rows, after)
        yield "".join(text(row) for row in found)
        if len(found) < BATCH:
            return
        after = found[-1]["id"]


def _part(rows: QuerySet[AuditEntry], after: int) -> list[dict[str, Any]]:
    return list(rows.filter(pk__gt=after).order_by("pk").values(*COLUMNS)[:BATCH])
