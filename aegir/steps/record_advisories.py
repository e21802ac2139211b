"""Advisories as the feed tells of them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from aegir import drivers
from aegir.drivers.advisories import Told
from aegir.engine.step import Check, Json, Level
from aegir.errors import Broken, Unreachable
from aegir.models import Advisory
from aegir.steps.world import World

BITE = 200
"""Packages that are asked about at once."""
MOST = 50_000
"""Advisories that are kept altogether."""


@dataclass(frozen=True)
class FetchAdvisories(Check):
    """Replace what is known by what the feed tells now; all of it or nothing."""

    feed: str
    packages: tuple[str, ...]
    patient: bool = False
    """Whether it is asked again tomorrow anyhow: a feed that is out of reach is a warning then."""

    title = "Ask for advisories"

    def do(self, world: World) -> Json:
        try:
            told = self._told()
        except Unreachable as away:
            if not self.patient:
                raise
            world.log.line(f"{away} What was told before stays; it is asked again tomorrow.", Level.WARNING)
            return {"away": True}
        new, gone = _kept(told)
        words = f"{len(self.packages):,} packages asked about: {len(told):,} advisories"
        world.log.line(f"{words}, {new:,} of them new; {gone:,} withdrawn or no longer of use.")
        return {"advisories": len(told), "new": new, "gone": gone}

    def _told(self) -> list[Told]:
        driver = drivers.load("advisories", "feed")(self.feed)
        told: list[Told] = []
        for start in range(0, len(self.packages), BITE):
            told += driver.about(self.packages[start : start + BITE])
            if len(told) > MOST:
                raise Broken(f"The feed tells of more than {MOST:,} advisories: see to advisories_feed.")
        return told

    def summary(self) -> str:
        return f"{self.title} about {len(self.packages):,} packages"


@transaction.atomic
def _kept(told: list[Told]) -> tuple[int, int]:
    """How many are new, and how many went."""
    known = {(row.identifier, row.package): row for row in Advisory.objects.all()}
    new = 0
    for each in {(one.identifier, one.package): one for one in told}.values():
        row = known.pop((each.identifier, each.package), None)
        new += row is None
        row = row or Advisory(identifier=each.identifier, package=each.package)
        row.title, row.link, row.cve = each.title, each.link, each.cve
        row.severity, row.affected, row.reported_at = each.severity, each.affected, each.reported_at
        row.save()
    Advisory.objects.filter(pk__in=[row.pk for row in known.values()]).delete()
    return new, len(known)
