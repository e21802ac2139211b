"""Import a site that was found on its platform: it is served as before, and nothing in its directory changes.

Its settings stay its own until somebody verifies the site; from then on they are Aegir's.
"""

from __future__ import annotations

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Site, SiteName, Task
from aegir.operations import drush_aliases, finding, places
from aegir.steps.app import InspectSite
from aegir.steps.database import StartDatabase
from aegir.steps.imports import MeetDatabase
from aegir.steps.record import forget_secrets
from aegir.steps.record_import import SiteImported
from aegir.steps.web import ProbeSite, PublishSite

TITLE = "Import"


def plan(task: Task) -> list[Step]:
    site = places.site_of(task)
    ref, web = places.site_ref(site), places.web(site.platform.server)
    return [
        StartDatabase(ref.host, ref.database.server, ref.database.administrator, ref.database.start),
        MeetDatabase(ref.database),
        InspectSite(ref),
        PublishSite(ref.host, web, ref, site.platform.key),
        ProbeSite(ref.host, web, ref),
        SiteImported(site.pk),
        drush_aliases.of_site(ref),
    ]


def ask(*, domain: str, by: str) -> Task:
    """Queue the import of a site that the verification of its platform has found."""
    site = finding.site(domain)
    if site.state != Site.State.QUEUED or site.cloaked:
        raise Refused(
            f"{site.domain} is not waiting to be imported: verify its platform, which finds sites.",
            field="domain",
        )
    return places.ask_site("site_import", site, by, {"domain": domain})


def ended(task: Task) -> None:
    """The site is a stranger again; the next verification of its platform finds it anew."""
    site = places.site_of(task)
    site.state = Site.State.DELETED
    site.save()
    if not task.remedy:
        SiteName.objects.filter(site=site).delete()
        forget_secrets(site)
