"""Commits of what a site is called, and whether visitors are let in."""

from __future__ import annotations

from dataclasses import dataclass

from aegir.engine.step import Commit, Json
from aegir.models import Site, SiteName
from aegir.steps.world import World


@dataclass(frozen=True)
class NamesChanged(Commit):
    """The site answers to these names and to no others."""

    site: int
    names: tuple[tuple[str, bool], ...]
    """Each with whether it redirects."""
    canonical: str

    title = "Record the names"

    def do(self, world: World) -> Json:
        site = Site.objects.get(pk=self.site)
        # What other tasks have reserved meanwhile is theirs.
        gone = SiteName.objects.filter(site=site, main=False, reserved=False)
        gone.exclude(name__in=[name for name, _ in self.names]).delete()
        for name, redirects in self.names:
            values = {"redirects": redirects, "reserved": False}
            SiteName.objects.update_or_create(name=name, site=site, defaults=values)
        site.canonical = self.canonical
        site.save(update_fields=["canonical"])
        return None


@dataclass(frozen=True)
class StateChanged(Commit):
    """The site is open to visitors, or is not."""

    site: int
    state: str

    title = "Record the state"

    def do(self, world: World) -> Json:
        Site.objects.filter(pk=self.site).update(state=self.state)
        return None
