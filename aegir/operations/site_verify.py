"""Verify a site: bring everything that is derived from it back to what it should be."""

from __future__ import annotations

from aegir.engine.step import Step
from aegir.models import Task
from aegir.operations import drush_aliases, finding, places
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
        PublishSite(ref.host, web, ref, site.platform.key, places.vhost_state(site)),
        InspectSite(ref, rebuild_caches=True),
        ProbeSite(ref.host, web, ref),
        SiteInspected(site.pk),
        drush_aliases.of_site(ref),
    ]


def ask(*, domain: str, by: str) -> Task:
    """Queue the verification of an installed site."""
    return places.ask_site("site_verify", finding.installed(domain, "verified"), by, {"domain": domain})
