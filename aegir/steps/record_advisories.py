"""Advisories as the feed tells of them."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from aegir import drivers
from aegir.drivers.advisories import Told
from aegir.engine.step import Check, Json, Level
from aegir.errors import Broken, Unreachable
from aegir.models import Advisory
from aegir.models.constraints import SEMANTIC, SEVEN
from aegir.steps.world import World

BITE = 200
"""Packages that are asked about at once."""
MOST = 50_000
"""Advisories that are kept altogether."""


@dataclass(frozen=True)
class FetchAdvisories(Check):
    """Replace what is known by what the feed tells now; all of it or nothing."""

    feed: str
    """An address, a folder, or "" where nobody is to be asked: then nothing stays known."""
    packages: tuple[str, ...]
    api: int = SEMANTIC
    """How the packages count: of each kind its own feed tells."""
    patient: bool = False
    """Whether it is asked again tomorrow anyhow: a feed that is out of reach is a warning then."""

    title = "Ask for advisories"

    def do(self, world: World) -> Json:
        if not self.feed:
            _, gone = _kept([], self.api)
            world.log.line(f"No feed is named for {self._those()}: nobody is asked, and none are known.")
            return {"advisories": 0, "new": 0, "gone": gone}
        try:
            told = self._told()
        except Unreachable as away:
            if not self.patient:
                raise
            world.log.line(f"{away} What was told before stays; it is asked again tomorrow.", Level.WARNING)
            return {"away": True}
        new, gone = _kept(told, self.api)
        words = f"{self._those()}: {len(told):,} advisories"
        world.log.line(f"{words}, {new:,} of them new; {gone:,} withdrawn or no longer of use.")
        return {"advisories": len(told), "new": new, "gone": gone}

    def _told(self) -> list[Told]:
        driver = drivers.load("advisories", "folder" if self.feed.startswith("/") else "feed")(self.feed)
        told: list[Told] = []
        for start in range(0, len(self.packages), BITE):
            told += driver.about(self.packages[start : start + BITE])
            if len(told) > MOST:
                raise Broken(f"{self.feed} tells of more than {MOST:,} advisories: see to the setting.")
        return told

    def summary(self) -> str:
        return f"{self.title} about {self._those()}"

    def _those(self) -> str:
        return f"{len(self.packages):,} packages{' of Drupal 7' if self.api == SEVEN else ''}"


@transaction.atomic
def _kept(told: list[Told], api: int) -> tuple[int, int]:
    """How many are new, and how many went."""
    known = {(row.identifier, row.package): row for row in Advisory.objects.filter(api=api)}
    new = 0
    for each in {(one.identifier, one.package): one for one in told}.values():
        row = known.pop((each.identifier, each.package), None)
        new += row is None
        row = row or Advisory(identifier=each.identifier, package=each.package, api=api)
        row.title, row.link, row.cve = each.title, each.link, each.cve
        row.severity, row.affected, row.reported_at = each.severity, each.affected, each.reported_at
        row.save()
    Advisory.objects.filter(pk__in=[row.pk for row in known.values()]).delete()
    return new, len(known)
