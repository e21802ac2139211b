"""Commits of everything that replaces a site's live pair, and what becomes of the one it replaces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from django.utils import timezone

from aegir.engine.step import Commit, Json, Step
from aegir.errors import Broken
from aegir.models import Pair, Site, SiteName
from aegir.steps.record import replace_packages
from aegir.steps.world import World


@dataclass(frozen=True)
class PairExchanged(Commit):
    """The new pair is live; the one before is kept, so that the move can be undone."""

    pair: int
    kept_path: str
    """Where the directory of the pair that was live lies now."""
    keep_days: int
    reason: str
    """The operation: ``site_migrate``."""
    names: tuple[tuple[str, bool, bool], ...] = ()
    """Where the main name changes: all names, each with whether it redirects and whether it is automatic."""

    title = "Record the move"

    def do(self, world: World) -> Json:
        pair = Pair.objects.select_related("site").get(pk=self.pair)
        site, old_domain = pair.site, pair.site.domain
        pair.exchange(site)
        pair.state, pair.reason, pair.task = Pair.State.KEPT, self.reason, world.task
        pair.path, pair.since = self.kept_path, timezone.now()
        pair.until = pair.since + timedelta(days=self.keep_days)
        pair.save()
        if site.state == Site.State.FAILED:
            site.state = Site.State.ENABLED
        found = cast(dict[str, Any], world.found["InspectSite"])
        site.title = str(found["status"].get("name") or "")[:200]
        site.verified_at = pair.since
        site.save()
        replace_packages(found["packages"], site=site)
        if site.domain != old_domain:
            self._rename(site)
        return None

    def _rename(self, site: Site) -> None:
        held = SiteName.objects.filter(site=site)
        # What other tasks have reserved meanwhile is theirs.
        held.filter(reserved=False).exclude(name__in=[name for name, _, _ in self.names]).delete()
        held.update(main=False)
        for name, redirects, automatic in self.names:
            values = {"main": name == site.domain, "redirects": redirects, "automatic": automatic}
            SiteName.objects.update_or_create(name=name, site=site, defaults={**values, "reserved": False})
        site.canonical = ""
        old, site.login_secret = site.login_secret, None
        site.save()
        if old is not None:
            old.delete()


@dataclass(frozen=True)
class PairRetired(Commit):
    """A kept pair can no longer be gone back to; its files and database go next."""

    pair: int

    title = "Record that the kept copy goes"

    def do(self, world: World) -> Json:
        Pair.objects.filter(pk=self.pair).update(state=Pair.State.GONE)
        return None


@dataclass(frozen=True)
class ForgetPairSecrets(Step):
    """After the last use of a retired pair's secrets: they are gone for good. Only after the commit."""

    pair: int

    title = "Forget the kept copy's secrets"

    def look(self, world: World) -> Json:
        pair = Pair.objects.get(pk=self.pair)
        return pair.database_secret_id is not None or pair.salt_secret_id is not None

    def done(self, seen: Json) -> bool:
        return seen is False

    def do(self, world: World) -> Json:
        Pair.objects.get(pk=self.pair).forget_secrets()
        return None

    def undo(self, world: World, before: Json) -> None:
        raise Broken("Forgotten secrets cannot be brought back.")
