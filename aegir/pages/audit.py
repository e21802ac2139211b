"""Pages about the audit: what was asked for, by whom, and whether anybody tampered with it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from typing import cast

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone

from aegir import access
from aegir.access import Actor
from aegir.models import AuditEntry, names
from aegir.models.audit import AuditHead
from aegir.models.audit_export import csv_lines, json_lines
from aegir.pages import listing
from aegir.pages.door import shown
from aegir.pages.listing import Column, Filter

COLUMNS = (
    Column("When", ("id",)),
    Column("Who", ("actor", "-id")),
    Column("Action", ("action", "-id")),
    Column("About", ("about", "-id")),
    Column("Outcome", ("outcome", "-id")),
    Column("Door", ("door", "-id"), wide=True),
)
TOLD = 100
"""How many places are named where the chain does not hold."""
FORMATS: dict[str, tuple[str, Callable[[QuerySet[AuditEntry]], Iterator[str]]]] = {
    "jsonl": ("application/x-ndjson", json_lines),
    "csv": ("text/csv; charset=utf-8", csv_lines),
}


@shown
def audit(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The entries that the address asks for, newest first."""
    access.require(actor, "audit_see")
    found = _found(request, actor)
    return render(request, "audit/list.html", {"nav": "audit", "listing": found})


@shown
def entry(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One entry, with all that it says."""
    access.require(actor, "audit_see")
    row = access.audit(actor).filter(pk=number).first() if number < 2**63 else None
    if row is None:
        raise access.NotFound(f"There is no entry {names.shown(str(number))} in the audit.")
    context = {
        "nav": "audit",
        "entry": row,
        "details": json.dumps(row.details, indent=2, ensure_ascii=False) if row.details else "",
        "task": access.tasks(actor).filter(pk=row.task or 0).first(),
        "before": access.audit(actor).filter(pk__lt=row.pk).order_by("-pk").first(),
        "after": access.audit(actor).filter(pk__gt=row.pk).order_by("pk").first(),
    }
    return render(request, "audit/entry.html", context)


@shown
def export(request: HttpRequest, actor: Actor) -> StreamingHttpResponse:
    """All entries that the address asks for as a file, oldest first."""
    access.require(actor, "audit_see")
    wanted = request.GET.get("format", "")
    kind, lines = FORMATS.get(wanted, FORMATS["jsonl"])
    rows = cast("QuerySet[AuditEntry]", _found(request, actor).page.paginator.object_list)
    response = StreamingHttpResponse(lines(rows), content_type=kind)
    name = f"audit-{timezone.localdate().isoformat()}.{'csv' if wanted == 'csv' else 'jsonl'}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@shown
def verify(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Whether the chain of entries holds."""
    access.require(actor, "audit_see")
    problems = list(islice(AuditEntry.broken(), TOLD))
    head = AuditHead.objects.filter(pk=1).first() or AuditHead()
    context = {"nav": "audit", "problems": problems, "head": head, "all": len(problems) < TOLD}
    return render(request, "audit/verify.html", context)


def _found(request: HttpRequest, actor: Actor) -> listing.Listing:
    rows = access.audit(actor)
    actions = rows.order_by("action").values_list("action", flat=True).distinct()
    doors = rows.order_by("door").values_list("door", flat=True).distinct()
    return listing.shown(
        request,
        rows,
        COLUMNS,
        search=("actor", "about", "sentence", "address"),
        searchable="Who, about, reason or address",
        filters=(
            Filter("actor", "Who", "actor", typed="search"),
            Filter("action", "Action", "action", [(name, words(name)) for name in actions]),
            Filter("about", "About", "about", typed="search"),
            Filter("outcome", "Outcome", "outcome", AuditEntry.Outcome.choices),
            Filter("door", "Door", "door", [(name, name) for name in doors]),
            Filter("from", "From", lambda text: _day(text, "at__gte"), typed="date"),
            Filter("to", "To", lambda text: _day(text, "at__lt", further=1), typed="date"),
        ),
        default="-when",
    )


def words(action: str) -> str:
    """An action's name as people read it."""
    return action.replace("_", " ")


def _day(text: str, lookup: str, further: int = 0) -> Q:
    """From the beginning of a day on, or until the end of it; what is no day narrows nothing."""
    try:
        day = date.fromisoformat(text) + timedelta(days=further)
        moment = timezone.make_aware(datetime.combine(day, time.min))
    except (ValueError, OverflowError):
        return Q()
    return Q(**{lookup: moment})
