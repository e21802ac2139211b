"""What is proposed where advisories concern something: a patched platform, and a move to one that is there.
Only ever proposed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count

from aegir import access
from aegir.access import Actor
from aegir.models import Fleet, Platform
from aegir.models.affected import Affected
from aegir.models.possible import could_hold
from aegir.models.versions import sortable
from aegir.pages.fleets import under_way

SHOWN = 20
"""For so many platforms there are proposals on one page."""


@dataclass(frozen=True)
class Remedy:
    """What could be done about one platform."""

    platform: Platform
    count: int
    """Advisories that concern it."""
    sites: int
    build: str
    """The query of the form for a platform of the same source; "" where the reader may build none."""
    target: str
    """A newer platform that has none of it; "" where there is none."""
    fleet: Fleet | None
    """The move that takes its sites away already."""


def of(actor: Actor, found: Sequence[Affected], wanted: Collection[str]) -> list[Remedy]:
    """For each of the platforms that are wanted, those with the most sites first. ``found`` is all that
    concerns what the reader may see."""
    build, move = access.may(actor, "platform_add"), access.may(actor, "fleet_add")
    if not (build or move):
        return []
    about: dict[str, list[Affected]] = defaultdict(list)
    for each in found:
        for name in {held.name for held in each.platforms}:
            about[name].append(each)
    targets = list(access.open_platforms(actor).filter(state=Platform.State.ENABLED)) if move else []
    rows = access.platforms(actor).filter(name__in=set(wanted))
    on = access.sites(actor).filter(platform__in=rows).order_by().values_list("platform_id")
    counts = dict(on.annotate(Count("pk")))
    going = under_way(actor, rows)
    proposed = []
    for row in rows:
        sites, fleet = counts.get(row.pk, 0), going.get(row.pk)
        target = _target(row, about[row.name], targets) if sites and not fleet else ""
        query = urlencode({"like": row.name} if row.source else {"from": "path"}) if build else ""
        proposed.append(Remedy(row, len(about[row.name]), sites, query, target, fleet))
    return sorted(proposed, key=lambda each: (-each.sites, each.platform.name))


def _target(row: Platform, about: list[Affected], targets: list[Platform]) -> str:
    """The newest that the sites could go to and that none of these concerns."""
    hit = {held.name for each in about for held in each.platforms}
    # What Composer put in is known only of platforms that were built here.
    libraries = any(not each.advisory.package.startswith("drupal/") for each in about)
    fit = [
        each
        for each in targets
        if _age(each) > _age(row)
        and each.name not in hit
        and could_hold(each, row.major)
        and (each.built or not libraries)
    ]
    # Within the same major version a move is the smaller step.
    best = max(fit, key=lambda each: (each.major == row.major, *_age(each)), default=None)
    return best.name if best else ""


def _age(row: Platform) -> tuple[str, int]:
    return sortable(row.version), row.pk
