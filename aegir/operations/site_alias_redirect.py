"""Let all names of a site, or one, lead to the name that is shown, or serve the site again."""

from __future__ import annotations

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Site, SiteName, Task, names
from aegir.operations import aliases, finding, places

TITLE = "Redirect aliases"
OFF = "off"


def plan(task: Task) -> list[Step]:
    site = places.site_of(task)
    return aliases.steps(site, *_wanted(site, task.arguments["to"], task.arguments["name"]))


def ask(*, domain: str, to: str, name: str | None = None, by: str) -> Task:
    """Queue that every name of a site, or one of its aliases, leads to its name ``to``; «off» for serving
    the site under it."""
    site = finding.installed(domain, "redirected")
    _wanted(site, to, name)
    arguments = {"domain": domain, "to": to, "name": name}
    return places.ask_site("site_alias_redirect", site, by, arguments)


def _wanted(site: Site, to: str, name: str | None) -> tuple[list[SiteName], str]:
    """All names as they shall be, and the one that is shown."""
    one = None if name is None else aliases.alias_of(site, name).name
    target = None if to == OFF else _target(site, to)
    rows = list(site.names.filter(reserved=False))
    for row in rows:
        if row.name == target:
            row.redirects = False
        elif one in (None, row.name):
            row.redirects = target is not None
    if target is None:
        led = any(row.redirects for row in rows)
        return rows, site.canonical if led else ""
    return rows, "" if target == site.domain else target


def _target(site: Site, text: str) -> str:
    """The name of ``site`` that others shall lead to."""
    with finding.calling(domain="to"):
        target = names.domain(text)
    if not site.names.filter(name=target, reserved=False).exists():
        raise Refused(
            f"{target} is no name of {site.domain}: add it first, with "
            f"«aegir site alias add {site.domain} {target}».",
            field="to",
        )
    return target
