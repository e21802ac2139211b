"""Enable a disabled site again, once it has shown behind the closed door that it answers."""

from __future__ import annotations

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Site, Task
from aegir.operations import finding, places
from aegir.steps.database import StartDatabase
from aegir.steps.record_names import StateChanged
from aegir.steps.web import ProbeSite, PublishSite

TITLE = "Enable"


def plan(task: Task) -> list[Step]:
    site = places.site_of(task)
    ref, web = places.site_ref(site), places.web(site.platform.server)
    return [
        StartDatabase(ref.host, ref.database.server, ref.database.administrator, ref.database.start),
        PublishSite(ref.host, web, ref, site.platform.key, "disabled"),
        ProbeSite(ref.host, web, ref),
        PublishSite(ref.host, web, ref, site.platform.key),
        StateChanged(site.pk, Site.State.ENABLED),
    ]


def ask(*, domain: str, by: str) -> Task:
    """Queue the return of a disabled site."""
    site = finding.installed(domain, "enabled")
    if site.state == Site.State.ENABLED:
        raise Refused(f"{site.domain} is enabled already.", field="domain")
    return places.ask_site("site_enable", site, by, {"domain": domain})
