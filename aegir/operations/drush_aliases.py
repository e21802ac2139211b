"""What tells Drush of a site or a codebase: a step after the commit of everything that changes where it lies,
what it is called, or how its database is opened."""

from __future__ import annotations

from collections.abc import Iterable

from aegir.drivers.app.drupal_aliases import drush_alias, platform_alias
from aegir.models import Platform, Site
from aegir.operations import places
from aegir.steps.record_drush import WriteDrush, WritePlatformDrush
from aegir.steps.site import SiteRef


def of_site(ref: SiteRef, *, gone: Iterable[str] = ()) -> WriteDrush:
    """The site as it is after the commit; ``gone`` are domains that it had."""
    left = tuple(domain for domain in gone if domain != ref.domain)
    return WriteDrush(ref.host, places.drush(), ref.operator, (ref,), left)


def without(host: str, domains: Iterable[str]) -> WriteDrush:
    """Sites of these domains are there no more."""
    return WriteDrush(host, places.drush(), places.operator(), (), tuple(domains))


def of_platform(platform: Platform, *, gone: bool = False) -> WritePlatformDrush:
    """A codebase after its verification, or after its deletion."""
    root = "" if gone else platform.root
    host = platform.server.name
    return WritePlatformDrush(host, places.drush(), places.operator(), platform.name, root)


def site(site: Site) -> str:
    """What to type for it in Drush 9 and later."""
    return drush_alias(site.domain)


def platform(platform: Platform) -> str:
    """What to type for it in Drush 9 and later."""
    return platform_alias(platform.name)
