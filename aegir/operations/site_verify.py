"""Verify a site: bring everything that is derived from it back to what it should be."""

from __future__ import annotations

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Site, Task
from aegir.operations import finding, places
from aegir.steps.app import InspectSite
from aegir.steps.database import MendDatabase, StartDatabase
from aegir.steps.files import MakeDirectories
from aegir.steps.record import SiteInspected
from aegir.steps.site import WriteSettings, WriteSitesPhp
from aegir.steps.web import ProbeSite, PublishSite

TITLE = "Verify"


def plan(task: Task) -> list[Step]:
    site = places.site_of(task)
    ref, web = places.site_ref(site), places.web(site.platform.server)
    return [
        StartDatabase(ref.host, ref.database.server, ref.database.administrator, ref.database.start),
        MendDatabase(ref.database),
        MakeDirectories(ref.host, ref.directories()),
        WriteSitesPhp(ref.host, site.platform.root, ref.operator),
        WriteSettings(ref.host, ref),
        PublishSite(ref.host, web, ref, site.platform.key),
        InspectSite(ref, rebuild_caches=True),
        ProbeSite(ref.host, web, site.domain),
        SiteInspected(site.pk),
    ]


def ask(*, domain: str, by: str) -> Task:
    """Queue the verification of an installed site."""
    return places.ask_site("site_verify", installed(domain, "verified"), by, {"domain": domain})


def installed(domain: str, wish: str) -> Site:
    """The site of that domain; Refused unless it is installed. ``wish`` is what was to be done with it."""
    site = finding.site(domain)
    if site.state in (Site.State.QUEUED, Site.State.FAILED):
        raise Refused(
            f"{site.domain} is {site.get_state_display()}, so it cannot be {wish}: see its install task.",
            field="domain",
        )
    return site
