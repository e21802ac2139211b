"""Commits of sites that were found on a platform."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from aegir.engine.step import Json, Level
from aegir.errors import Refused
from aegir.models import Secret, Site, SiteName, names
from aegir.steps.record import PlatformVerified
from aegir.steps.record_arrival import SiteArrived, status
from aegir.steps.world import World


@dataclass(frozen=True)
class SitesTakenIn(PlatformVerified):
    """A platform's code as it was found, and the sites on it: each one's import is asked for."""

    title = "Record the platform and its sites"

    def do(self, world: World) -> Json:
        super().do(world)
        taken = [row["domain"] for row in cast(list[dict[str, Any]], world.found["FindSites"])
                 if self._take(world, row)]  # fmt: skip
        return cast(Json, taken)

    def _take(self, world: World, row: dict[str, Any]) -> bool:
        domain = row["domain"]
        if SiteName.objects.filter(name=domain).exists():
            Secret.objects.filter(pk__in=[row["password"], row["salt"]]).delete()
            world.log.line(f"{domain} is not taken in: a site has that name by now.", Level.WARNING)
            return False
        site = Site.objects.create(
            domain=domain,
            platform_id=self.platform,
            database_id=row["service"],
            email=f"admin@{domain}",
            cloaked=False,
            database_name=row["database"],
            database_user=row["user"],
            database_secret_id=row["password"],
            salt_secret_id=row["salt"],
        )
        SiteName.objects.create(name=domain, site=site, main=True)
        for alias in row["names"]:
            if _is_alias(alias, domain):
                SiteName.objects.get_or_create(name=alias, defaults={"site": site})
        world.ask("site_import", {"domain": domain})
        return True


def _is_alias(name: str, domain: str) -> bool:
    """Whether a key of sites.php is a mere name: those with a port or a path are left out."""
    try:
        return names.domain(name) == name != domain and not name.partition(".")[0].isdigit()
    except Refused:
        return False


@dataclass(frozen=True)
class SiteImported(SiteArrived):
    """A site that was here before Aegir is looked after from now on."""

    def do(self, world: World) -> Json:
        super().do(world)
        mail = str(status(world).get("mail") or "")
        Site.objects.filter(pk=self.site).update(**({"email": mail[:254]} if mail else {}))
        return None
