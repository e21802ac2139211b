"""What becomes of a site's names when its main name changes: by a rename, or by the undo of one."""

from __future__ import annotations

from typing import Literal

from aegir.errors import Refused
from aegir.models import Site, SiteName, Task
from aegir.operations import aliases, finding

Keep = Literal["redirect", "alias", "drop"]
"""Of the old name, and of those that were made from it."""


def reserve(site: Site, task: Task, domain: str) -> None:
    """Take the new main name, and those made from it, for ``task``; one that is the site's alias already is
    as good."""
    if not site.names.filter(name=domain, reserved=False).exists():
        aliases.reserve(site, [domain])
    aliases.take_automatic(site, task, domain, reserved=True)


def refuse_taken(site: Site, domain: str) -> None:
    """Refused when another site has that name, or an operation took it."""
    if not site.names.filter(name=domain, reserved=False).exists():
        finding.refuse_taken(domain)


def release(site: Site, domain: str) -> None:
    """For ``ended``: what was reserved is free again."""
    aliases.release(site, [domain, *aliases.automatic(site, domain)])


def after(site: Site, domain: str, keep: Keep) -> list[SiteName]:
    """All names as they shall be, none of them saved: ``domain`` is shown, whatever redirects leads to it."""
    made = aliases.automatic(site, domain)
    rows = []
    for row in site.names.order_by("name"):
        if row.name == domain:
            row.main, row.automatic, row.redirects = True, False, False
        elif row.name in made and (row.reserved or row.automatic):
            row.automatic, row.redirects = True, False
        elif row.reserved or ((row.main or row.automatic) and keep == "drop"):
            continue
        elif row.main or row.automatic:
            row.redirects, row.main, row.automatic = keep == "redirect", False, False
        rows.append(row)
    if not any(row.main for row in rows):
        raise Refused(f"{domain} is no longer a name that {site.domain} could have: ask again.")
    return rows
