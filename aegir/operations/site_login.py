"""Make a one-time login link for a site's first account."""

from __future__ import annotations

from aegir.engine.step import Step
from aegir.models import Task
from aegir.operations import finding, places
from aegir.steps.app import MakeLoginLink
from aegir.steps.database import StartDatabase
from aegir.steps.record import LoginMade, forget_unused_links

TITLE = "Log in"


def plan(task: Task) -> list[Step]:
    site = places.site_of(task)
    ref = places.site_ref(site)
    return [
        StartDatabase(ref.host, ref.database.server, ref.database.administrator, ref.database.start),
        MakeLoginLink(ref),
        LoginMade(site.pk),
    ]


def ask(*, domain: str, by: str) -> Task:
    """Queue the making of a login link; somebody waits for it, so it goes before other tasks."""
    site = finding.installed(domain, "logged in to")
    return places.ask_site("site_login", site, by, {"domain": domain}, priority=10)


def ended(task: Task) -> None:
    """Nothing is left of a link that nobody was given."""
    forget_unused_links(places.site_of(task))
