"""The first page: what needs attention, what runs, and where to begin.

It takes the same number of queries whatever there is, and each starts from its reader.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from aegir import access
from aegir.access import Actor
from aegir.models import Platform, Site, Task, default, feature
from aegir.pages import attention, tasks
from aegir.pages.door import shown

State = Task.State
RUNNING = 8
LAST = 8
SITES = 8
QUIET = ("main",)
"""Queues whose tasks people asked for: crons and mails would bury them."""


_USED = Count("sites", filter=~Q(sites__state__in=["deleted", "failed"]), distinct=True)
"""As quotas count: what failed to install takes no place."""


@dataclass(frozen=True)
class Tile:
    """How many there are of something, with the way to them."""

    title: str
    count: int
    more: str
    address: str
    icon: str

    @property
    def named(self) -> str:
        return self.title.removesuffix("s") if self.count == 1 else self.title


@dataclass(frozen=True)
class Stage:
    """One thing that a newcomer does."""

    title: str
    words: str
    action: str
    address: str
    done: bool
    next: bool


@shown
def home(request: HttpRequest, actor: Actor) -> HttpResponse:
    """For whoever has a role, the house; for a client, what is his."""
    sites = _by_state(access.sites(actor))
    platforms = _by_state(access.platforms(actor))
    unfinished = [State.RUNNING, State.QUEUED]
    active = access.tasks(actor).filter(state__in=unfinished)
    running = list(active.order_by("-state", "-priority", "pk")[: RUNNING + 1])
    ended = access.newest_tasks(actor).filter(queue__in=QUIET).exclude(state__in=unfinished)
    last = list(ended.order_by("-pk")[:LAST])
    stages = _stages(actor, sites, platforms)
    context = {
        "nav": "home",
        "live": "home",
        "everywhere": actor.everywhere,
        "attention": attention.of(actor),
        "running": running[:RUNNING],
        "more_running": len(running) > RUNNING,
        "last": last,
        "subjects": tasks.addresses(actor, [*running, *last]),
        "tiles": list(_tiles(actor, sites, platforms)),
        "stages": stages,
        "own_sites": [] if actor.everywhere else access.sites(actor).order_by("domain")[:SITES],
        "quotas": _quotas(actor),
        "may_install": access.may(actor, "site_install") and platforms.get(Platform.State.ENABLED, 0),
    }
    return render(request, "home/home.html", context)


def _by_state(rows: Any) -> dict[str, int]:
    return dict(rows.order_by().values_list("state").annotate(Count("pk")))


def _tiles(actor: Actor, sites: dict[str, int], platforms: dict[str, int]) -> list[Tile]:
    tiles = []
    if access.may(actor, "site_see"):
        tiles.append(Tile("Sites", sum(sites.values()), _told(Site, sites), reverse("sites"), "world"))
    if access.may(actor, "platform_see"):
        tiles.append(
            Tile(
                "Platforms",
                sum(platforms.values()),
                _told(Platform, platforms),
                reverse("platforms"),
                "stack-2",
            )
        )
    if access.anywhere(actor, "client_see") and feature.on("clients"):
        count = access.clients(actor).count()
        tiles.append(Tile("Clients", count, "", reverse("clients"), "address-book"))
    return tiles


def _told(model: type[Site] | type[Platform], counts: dict[str, int]) -> str:
    """As «55 enabled, 3 disabled»."""
    words = dict(model.State.choices)
    return ", ".join(
        f"{count} {words[state]}" for state, count in sorted(counts.items(), key=lambda each: -each[1])
    )


def _stages(actor: Actor, sites: dict[str, int], platforms: dict[str, int]) -> list[Stage]:
    """What a newcomer does first; none once all of it was done, or where it is others' to do."""
    if not access.may(actor, "site_install") or sites.get(Site.State.ENABLED, 0) > 2:
        return []
    live = access.sites(actor).filter(state=Site.State.ENABLED)
    first = live.order_by("pk").first()
    visited = live.exclude(login_at=None).filter(login_secret=None).exists()
    found = []
    if access.may(actor, "platform_add"):
        words = "A platform is a Drupal codebase on this server: core with its modules and themes."
        found.append(
            ("Add a platform", words, "Add a platform", reverse("add"), bool(platforms.get("enabled")))
        )
    words = "A site lives on a platform, with a database and files of its own."
    found.append(("Install a site", words, "Install a site", reverse("install"), first is not None))
    address = reverse("site", args=[first.domain]) if first else ""
    words = "Its page has «Log in to site»: one click, and you are its first account."
    found.append(("Log in to it", words, "Go to its page", address, visited))
    if all(done for *_, done in found):
        return []
    following = next(number for number, stage in enumerate(found) if not stage[-1])
    return [Stage(*stage, next=number == following) for number, stage in enumerate(found)]


def _quotas(actor: Actor) -> list[tuple[str, int, int]]:
    """Of each client of a reader without a role: its title, how many sites it has and may have (0: any)."""
    if actor.everywhere or not feature.on("quotas"):
        return []
    usual = None
    found = []
    rows = access.clients(actor).annotate(used=_USED).order_by("title")
    for title, quota, used in rows.values_list("title", "quota", "used"):
        if quota is None and usual is None:
            usual = int(default.value("client_quota"))
        found.append((title, used, (usual or 0) if quota is None else quota))
    return found
