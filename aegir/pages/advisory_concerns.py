"""What of one site or platform is known to be vulnerable, as its own page says it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

from aegir import access
from aegir.access import Actor
from aegir.models import Platform, Site


@dataclass(frozen=True)
class Concern:
    """A package, and how many advisories are about it."""

    package: str
    version: str
    enabled: bool | None
    """Only sites know; None for platforms, and for core."""
    count: int


def of(actor: Actor, row: Site | Platform) -> dict[str, Any]:
    """For its page: each package that an advisory is about, the worst first, and what nobody can judge."""
    found, unjudged = access.concerning(actor, row)
    counts: dict[tuple[str, str, bool | None], int] = defaultdict(int)
    for each in found:
        for held in each.sites or each.platforms:
            enabled = held.enabled if each.versions else None  # nobody asks whether core is
            counts[(each.advisory.package, held.version, enabled)] += 1
    return {"concerns": [Concern(*what, count) for what, count in counts.items()], "unjudged": unjudged}
