"""Disable a site: visitors are told so by the web server, its cron stops, everything of it stays."""

from __future__ import annotations

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Site, Task
from aegir.operations import finding, places
from aegir.steps.record_names import StateChanged
from aegir.steps.web import PublishSite

TITLE = "Disable"


def plan(task: Task) -> list[Step]:
    site = places.site_of(task)
    ref, web = places.site_ref(site), places.web(site.platform.server)
    return [
        PublishSite(ref.host, web, ref, site.platform.key, "disabled"),
        StateChanged(site.pk, Site.State.DISABLED),
    ]


def ask(*, domain: str, by: str) -> Task:
    """Queue the end of visits to a site."""
    site = finding.installed(domain, "disabled")
    if site.state == Site.State.DISABLED:
        raise Refused(f"{site.domain} is disabled already.", field="domain")
    return places.ask_site("site_disable", site, by, {"domain": domain})
