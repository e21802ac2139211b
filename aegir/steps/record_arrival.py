"""Commits of what takes a site's state from elsewhere: an archive, or Drupal's installer once more."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from aegir.engine.step import Json
from aegir.models import Backup, Pair, Site
from aegir.steps.record import SiteInspected, remember_login
from aegir.steps.record_move import PairExchanged
from aegir.steps.world import World


@dataclass(frozen=True)
class SiteArrived(SiteInspected):
    """A new site that Drupal itself has told all about: profile and language too."""

    def do(self, world: World) -> Json:
        super().do(world)
        learn(Site.objects.get(pk=self.site), status(world))
        return None


@dataclass(frozen=True)
class PairRestored(PairExchanged):
    """The restored pair is live. A backup that could not be made first, of a broken site, never was."""

    def do(self, world: World) -> Json:
        super().do(world)
        learn(Pair.objects.select_related("site").get(pk=self.pair).site, status(world))
        Backup.objects.filter(task=world.task, state=Backup.State.MAKING).delete()
        return None


@dataclass(frozen=True)
class PairReinstalled(PairExchanged):
    """The pair installed anew is live, and somebody may log in to it."""

    def do(self, world: World) -> Json:
        super().do(world)
        site = Pair.objects.select_related("site").get(pk=self.pair).site
        learn(site, status(world))
        remember_login(site, cast(dict[str, Any], world.found["InspectSite"])["login"])
        return None


def status(world: World) -> dict[str, Any]:
    """What Drupal said of itself."""
    return cast(dict[str, Any], cast(dict[str, Any], world.found["InspectSite"])["status"])


def learn(site: Site, told: dict[str, Any]) -> None:
    """Keep what Drupal says of a site's making."""
    site.title = str(told.get("name") or "")[:200]
    site.profile = str(told.get("profile") or "")[:60]
    site.language = str(told.get("language") or "en")[:20]
    site.save()
