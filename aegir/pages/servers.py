"""Pages about servers."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from aegir import access
from aegir.access import Actor
from aegir.models import Server
from aegir.pages import listing
from aegir.pages.door import ask, changed, shown
from aegir.pages.listing import Column, Filter

RECENT = 6

COLUMNS = (
    Column("Name", ("name",)),
    Column("State", ("state", "name")),
    Column("Services"),
    Column("Free space", wide=True),
    Column("Verified", ("verified_at",), wide=True),
)
FAMILIES = {"web": "Web server", "php": "PHP", "database": "Database"}
PRODUCTS = {"apache": "Apache", "fpm": "PHP-FPM", "mysql": "MySQL or MariaDB", "sqlite": "SQLite"}
WORDS = {"php": "PHP versions", "extensions": "PHP extensions"}


@shown
def servers(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All servers."""
    access.require(actor, "server_see")
    found = listing.shown(
        request,
        access.servers(actor).prefetch_related("services"),
        COLUMNS,
        search=("name", "title"),
        searchable="Name",
        filters=(Filter("state", "State", "state", listing.choices(Server, "state")),),
        default="name",
    )
    return render(request, "servers/list.html", {"nav": "servers", "live": "servers", "listing": found})


@shown
def server(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """One server: its services, and what the last verify found."""
    row = access.server(actor, name)
    history = access.tasks(actor).filter(subject_kind="server", subject_id=row.pk, queue="main")
    services = row.services.order_by("family", "driver")
    room = row.room()
    context = {
        "nav": "servers",
        "live": f"server:{row.pk}",
        "server": row,
        "services": [
            (FAMILIES.get(each.family, each.family), PRODUCTS.get(each.driver, each.driver))
            for each in services
        ],
        "facts": _facts(row.facts),
        "extensions": row.facts.get("extensions", []),
        "room": room,
        "measured": min((each.measured for each in room if each.measured), default=None),
        "platforms": access.platforms(actor).filter(server=row).count(),
        "tasks": list(history.order_by("-id")[:RECENT]),
        "may_verify": access.may(actor, "server_verify", row),
    }
    return render(request, "servers/show.html", context)


@changed
def verify(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The button."""
    return ask(actor, "server_verify", name=name)


def _facts(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """What the last verify found, but for what has a place of its own on the page."""
    own = ("room", "extensions")
    return [
        (WORDS.get(name, name.replace("_", " ").capitalize()), _text(value))
        for name, value in facts.items()
        if name not in own
    ]


def _text(fact: Any) -> str:
    return ", ".join(map(str, fact)) if isinstance(fact, list) else str(fact)
