"""Let a site no longer answer to one of its names."""

from __future__ import annotations

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Task
from aegir.operations import aliases, finding, places

TITLE = "Remove alias"


def plan(task: Task) -> list[Step]:
    site = places.site_of(task)
    gone = aliases.alias_of(site, task.arguments["name"])
    return aliases.steps(site, list(site.names.filter(reserved=False).exclude(pk=gone.pk)), site.canonical)


def ask(*, domain: str, name: str, by: str) -> Task:
    """Queue the end of an alias."""
    site = finding.site(domain)
    gone = aliases.alias_of(site, name)
    if gone.name == site.canonical:
        raise Refused(
            f"{gone.name} is where other names of {site.domain} lead: let them lead elsewhere first, with "
            f"«aegir site alias redirect {site.domain}».",
            field="name",
        )
    return places.ask_site("site_alias_remove", site, by, {"domain": domain, "name": name})
