"""Which advisories concern what somebody may see, and what nobody can judge."""

from __future__ import annotations

from collections.abc import Sequence

from aegir.access.actor import Actor, anywhere, may
from aegir.access.seen import packages, platforms, sites
from aegir.models import Package, Platform, Site
from aegir.models import affected as affected_rows
from aegir.models import unjudged as unjudged_rows
from aegir.models.affected import Affected
from aegir.models.unjudged import Unjudged


def affected(actor: Actor) -> list[Affected]:
    """The advisories that concern what ``actor`` may see, each with that alone, the worst first. Sites are
    counted; ``name_affected`` names some of them."""
    if not may(actor, "advisory_see"):
        return []
    return affected_rows.found(packages(actor), platforms(actor), sites(actor))


def name_affected(actor: Actor, rows: Sequence[Affected], most: int) -> None:
    """Name the first so many sites of each."""
    affected_rows.name_sites(rows, packages(actor), sites(actor), most)


def unjudged(actor: Actor) -> list[Unjudged]:
    """What of all that ``actor`` may see cannot be laid beside advisories."""
    if not may(actor, "advisory_see"):
        return []
    return unjudged_rows.found(packages(actor), platforms(actor), sites(actor))


def concerning(actor: Actor, row: Site | Platform) -> tuple[list[Affected], list[str]]:
    """The advisories that concern one site or platform that ``actor`` sees, and a sentence for each thing of
    it that nobody can judge. A site is named in each."""
    if not may(actor, "advisory_see", row if isinstance(row, Site) else None):
        return [], []
    if isinstance(row, Platform):
        home, itself, own = row, Site.objects.none(), Package.objects.filter(platform=row)
    else:
        home, itself = row.platform, Site.objects.filter(pk=row.pk)
        own = Package.objects.filter(site=row)
    told = list(affected_rows.about(own, home))
    found = affected_rows.found(own, Platform.objects.filter(pk=home.pk), itself, told)
    if isinstance(row, Site):
        found = [each for each in found if each.site_count]
        if found:
            affected_rows.name_sites(found, own, itself, 1)
    return found, unjudged_rows.of_one(own, home, told)


def affected_platforms(actor: Actor) -> list[Affected]:
    """The same of platforms only, of which there are few."""
    if not anywhere(actor, "advisory_see"):
        return []
    return affected_rows.found(packages(actor).filter(site=None), platforms(actor), Site.objects.none())
