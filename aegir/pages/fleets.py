"""Pages about moves of all sites of a platform: one picture of each, and what can be asked of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from aegir import access
from aegir.access import Actor, heard, tried
from aegir.models import Fleet, FleetSite, Platform, Task, fleet_possible
from aegir.operations import fleets as asking
from aegir.pages import listing
from aegir.pages.door import changed, shown, signed_in
from aegir.pages.fleet_forms import FleetForm
from aegir.pages.forms import Form, answer
from aegir.pages.listing import Column, Filter

COLUMNS = (
    Column("Move", ("id",)),
    Column("State", ("state", "id")),
    Column("From", ("source__name", "id")),
    Column("To", ("target__name", "id")),
    Column("Asked by", ("asked_by", "id"), wide=True),
    Column("Asked", ("created_at",), wide=True),
)
SITES = (
    Column("Site", ("domain",)),
    Column("State", ("state", "position")),
    Column("Turn", ("position",), wide=True),
    Column("Now on", ("site__platform__name", "position"), wide=True),
    Column("Why"),
)
DRAWN = 3000
"""So many sites are drawn one by one; of more there are numbers only."""
NAMED = 12
"""How many sites of a cause are named."""
MANY = 60
"""More squares than these are passed over by the tabulator key: the list below has them all."""
Turn = FleetSite.State
RETRIED = (*FleetSite.WRONG, Turn.SKIPPED)


@dataclass(frozen=True)
class Wave:
    """One row of the picture."""

    title: str
    now: bool
    """Whether it is this one's turn."""
    rows: list[FleetSite]
    said: str
    """The same in words."""


@shown
def fleets(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All of them, the newest first unless the address says otherwise."""
    access.require(actor, "fleet_see")
    found = listing.shown(
        request,
        access.fleets(actor),
        COLUMNS,
        search=("source__name", "target__name", "asked_by"),
        searchable="Platform or person",
        filters=(Filter("state", "State", "state", listing.choices(Fleet, "state")),),
        default="-move",
    )
    context = {"nav": "fleets", "live": "fleets", "listing": found}
    return render(request, "fleets/list.html", context)


def under_way(actor: Actor, platforms: Iterable[Platform]) -> dict[int, Fleet]:
    """The move that is not over, of each of these platforms that has one."""
    found = access.fleets(actor).filter(source__in=platforms).exclude(state__in=Fleet.OVER)
    return {each.source_id: each for each in found}


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def add(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The form on a platform's page."""
    source = access.platform(actor, name)
    access.require(actor, "fleet_add")
    if request.method != "POST" and (going := under_way(actor, [source]).get(source.pk)):
        messages.info(request, f"The sites of {source.name} are on the move already.")
        return redirect("fleet", number=going.pk)

    def make(form: Form) -> Fleet:
        locked_too = access.may(actor, "platform_use_locked")
        return asking.make(source=source.name, by=actor.name, locked_too=locked_too, **form.arguments())

    def act(form: Form) -> HttpResponse:
        heard.about(source.name, **form.arguments())
        return redirect("fleet", number=make(form).pk)

    context = {
        "nav": "platforms",
        "title": f"Move the sites of {source.name}",
        "crumb": source.name,
        "intro": "First all sites are compared with the other platform, and nothing is moved: you see which "
        "could go and what speaks against the others, and start it then. A site is away only for the last "
        "part of its own move; one that fails goes back by itself. What was moved can be taken back.",
        "button": "Compare the sites",
        "back": reverse("platform", args=[source.name]),
    }
    return answer(
        request,
        lambda **given: FleetForm(actor, source, **given),
        act,
        "form.html",
        context,
        check=lambda form: tried(lambda: make(form)),
        initial={"target": request.GET.get("to", "")},
    )


@shown
def fleet(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """One of them as one picture, then what went wrong, then every site."""
    row = access.fleet(actor, number)
    counts = row.counts()
    refusals = fleet_possible.reasons(row, counts)
    rows = row.sites.select_related("site__platform")
    found = listing.shown(
        request,
        rows,
        SITES,
        search=("domain", "error"),
        searchable="Site, or what went wrong",
        filters=(
            Filter("state", "State", "state", listing.choices(FleetSite, "state")),
            Filter("wave", "Wave", "wave", _wave_choices(row)),
        ),
        default="turn",
    )
    total = sum(counts.values())
    context = {
        "nav": "fleets",
        "live": f"fleet:{row.pk}",
        "fleet": row,
        "total": total,
        "legend": [(state, words, counts[state]) for state, words in Turn.choices if counts[state]],
        "arrived": counts[Turn.RETURNED] if row.back else counts[Turn.MOVED],
        "waves": _waves(row, total),
        "many": total > MANY,
        "causes": _causes(row),
        "phases": row.waves(),
        "may": {verb: access.may(actor, f"fleet_{verb}") for verb in refusals},
        "why": refusals,
        "comparing": _comparison(row) if row.state == Fleet.State.COMPARING else None,
        "listing": found,
        "retried": RETRIED,
        "bulk": _bulk(actor, row),
        "bulk_url": reverse("fleet_retry", args=[row.pk]),
    }
    return render(request, "fleets/show.html", context)


def _wave_choices(row: Fleet) -> list[tuple[str, str]]:
    waves = row.sites.exclude(wave=None).order_by("wave").values_list("wave", flat=True).distinct()
    return [(str(number), _wave_title(number)) for number in waves]


def _wave_title(number: int | None) -> str:
    if number is None:
        return "Without a turn"
    return f"Wave {number}" if number else "First"


def _waves(row: Fleet, total: int) -> list[Wave]:
    """The picture: every site in its wave, those without a turn last."""
    sites = row.sites.select_related("site").order_by("wave", "position")
    rows = sorted(sites, key=lambda each: (each.wave is None, each.wave or 0)) if total <= DRAWN else []
    found = []
    for number, group in groupby(rows, key=lambda each: each.wave):
        members = list(group)
        now = number == row.number and row.state in (Fleet.State.CANARY, Fleet.State.MOVING)
        found.append(Wave(_wave_title(number), now, members, _in_words(members)))
    return found


def _in_words(rows: list[FleetSite]) -> str:
    states = [row.state for row in rows]
    counted = [(words, states.count(state)) for state, words in Turn.choices]
    return ", ".join(f"{count} {words}" for words, count in counted if count)


def _causes(row: Fleet) -> list[dict[str, Any]]:
    """What went wrong, each with the first sites to which it did."""
    found = []
    for failure in row.causes():
        same = row.sites.filter(state=failure.state, cause=failure.cause).order_by("position")
        found.append({"failure": failure, "sites": same[:NAMED], "more": max(0, failure.count - NAMED)})
    return found


def _comparison(row: Fleet) -> Task | None:
    """The task that compares the sites now."""
    asked = Task.objects.filter(subject_kind="platform", subject_id=row.source_id, operation="fleet_compare")
    return asked.order_by("-pk").first()


def _bulk(actor: Actor, row: Fleet) -> list[tuple[str, str]]:
    open_ = access.may(actor, "fleet_retry") and row.state != Fleet.State.CANCELLED
    return [("retry", "Try again")] if open_ and row.sites.filter(state__in=RETRIED).exists() else []


@changed
def start(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """The button."""
    return _done(request, actor, number, "start", asking.start, "It begins.")


@changed
def pause(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """The button."""
    return _done(request, actor, number, "pause", asking.pause, "It pauses: what is being moved is finished.")


@changed
def resume(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """The button."""
    locked_too = access.may(actor, "platform_use_locked")
    return _done(
        request, actor, number, "resume", lambda row: asking.resume(row, locked_too=locked_too), "It goes on."
    )


@changed
def retry(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """The button; or the chosen sites of the list."""
    locked_too, chosen = access.may(actor, "platform_use_locked"), request.POST.getlist("row")
    return _done(
        request, actor, number, "retry",
        lambda row: asking.retry(row, chosen, locked_too=locked_too), "They are tried again.",
    )  # fmt: skip


def _done(
    request: HttpRequest, actor: Actor, number: int, verb: str, do: Callable[[Fleet], None], said: str
) -> HttpResponse:
    row = access.allowed(actor, f"fleet_{verb}", access.fleet(actor, number))
    do(row)
    messages.success(request, said)
    return redirect("fleet", number=number)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def cancel(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """Says what would become of the sites; cancels once that was read."""
    row = access.fleet(actor, number)
    access.require(actor, "fleet_cancel", row)
    if request.method == "POST":
        now = request.POST.get("now") == "yes"
        return _done(
            request, actor, number, "cancel", lambda row: asking.cancel(row, actor.name, now=now),
            "It is cancelled.",
        )  # fmt: skip
    return _sure(request, row, "cancel")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def undo(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """Says what would be lost; takes the sites back once the platform's name was typed."""
    row = access.fleet(actor, number)
    access.require(actor, "fleet_undo", row)
    if request.method == "POST":
        if request.POST.get("name", "").strip() == row.source.name:
            return _done(
                request, actor, number, "undo", lambda row: asking.undo(row, actor.name), "They go back."
            )
        messages.warning(request, f"Nothing was done: type {row.source.name} to confirm it.")
        return redirect("fleet_undo", number=number)
    return _sure(request, row, "undo")


def _sure(request: HttpRequest, row: Fleet, verb: str) -> HttpResponse:
    counts = row.counts()
    context = {
        "nav": "fleets",
        "fleet": row,
        "verb": verb,
        "why": fleet_possible.reasons(row, counts)[verb],
        "moved": counts[Turn.MOVED] + counts[Turn.MOVING],
        "working": sum(counts[state] for state in FleetSite.AT_WORK),
        "waiting": counts[Turn.WAITING] + counts[Turn.COMPARING],
    }
    return render(request, "fleets/sure.html", context)
