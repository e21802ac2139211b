"""Let a site answer to a further name."""

from __future__ import annotations

from django.db import transaction

from aegir.engine.step import Step
from aegir.models import SiteName, Task, names
from aegir.operations import aliases, finding, places

TITLE = "Add alias"


def plan(task: Task) -> list[Step]:
    site = places.site_of(task)
    name, redirects = names.alias(task.arguments["name"]), task.arguments["redirect"]
    rows = [*site.names.filter(reserved=False), SiteName(name=name, redirects=redirects)]
    return aliases.steps(site, rows, site.canonical)


def ask(*, domain: str, name: str, redirect: bool = False, by: str) -> Task:
    """Queue a further name for a site, taken from this moment; with ``redirect`` it leads to the name that is
    shown instead of serving the site."""
    site = finding.installed(domain, "given an alias")
    with transaction.atomic():
        aliases.reserve(site, [name])
        arguments = {"domain": domain, "name": name, "redirect": redirect}
        return places.ask_site("site_alias_add", site, by, arguments)


def ended(task: Task) -> None:
    """Nothing answers to it; the name is free."""
    aliases.release(places.site_of(task), [names.alias(task.arguments["name"])])
