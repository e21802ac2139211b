"""What comes next once a task is over: shown at the head of its page."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from aegir import access
from aegir.access import Actor
from aegir.models import Platform, Site, Task, possible

State = Task.State
WELL = (State.SUCCEEDED, State.WARNED)
ACTIONS = ("site_login", "site_migrate", "site_install", "backup_see")
"""What some of the ways on are for."""


@dataclass(frozen=True)
class Next:
    """One way on."""

    title: str
    icon: str
    address: str
    main: bool = False
    """Whether it is what most people would do."""
    outside: bool = False
    """Whether it leads out of the panel."""
    seen: str = ""
    """Of what is asked for rather than followed: what the page shows of the site, see ``possible.stamp``."""


def able(actor: Actor, row: Task) -> frozenset[str]:
    """Which of the ways on are open to ``actor``."""
    site = _site(row)
    about = {"site_login": site, "site_migrate": site}
    return frozenset(action for action in ACTIONS if access.may(actor, action, about.get(action)))


def of(row: Task, able: frozenset[str]) -> list[Next]:
    """The ways on, the likeliest first; none while the task is not over."""
    if not row.over:
        return []
    match row.subject_kind:
        case "site":
            site = _site(row)
            return _with(row, site, able) if site else _without(row, able)
        case "platform":
            home = Platform.objects.live().filter(pk=row.subject_id or 0).first()
            return _on(row, home, able) if home else []
    return []


def _site(row: Task) -> Site | None:
    if row.subject_kind != "site":
        return None
    rows = Site.objects.live().select_related("platform", "login_secret")
    return rows.filter(pk=row.subject_id or 0).first()


def _with(row: Task, site: Site, able: frozenset[str]) -> list[Next]:
    found = [Next(f"To {site.domain}", "world", reverse("site", args=[site.domain]))]
    if row.state not in WELL or row.dry_run or site.state not in possible.INSTALLED:
        return found
    ways: list[Next] = []
    if row.operation == "site_rehearse" and "site_migrate" in able:
        target = urlencode({"platform": row.arguments.get("platform", "")})
        address = f"{reverse('site_migrate', args=[site.domain])}?{target}"
        title = "To the migration" if row.result.get("good") else "See the comparison"
        ways.append(Next(title, "arrows-exchange", address, main=True))
    if "site_login" in able:
        ways.append(_login(site, main=not ways))
    if site.state == Site.State.ENABLED:
        ways.append(Next("Go to site", "external-link", site.address, main=not ways, outside=True))
    return [*ways, *found]


def _login(site: Site, *, main: bool) -> Next:
    """Into the site; by a link that must be asked for first where there is none any more."""
    if site.login_link() is not None:
        address = reverse("site_enter", args=[site.domain])
        return Next("Log in to site", "login", address, main=main, outside=True)
    address = reverse("site_verb", args=[site.domain, "login"])
    return Next("Get a login link", "login", address, seen=possible.stamp(site))


def _without(row: Task, able: frozenset[str]) -> list[Next]:
    """Where the site is gone."""
    kept = f"{reverse('backups')}?{urlencode({'q': row.subject_name})}"
    backups = [Next("Its backups", "archive", kept)] if "backup_see" in able else []
    return [Next("All sites", "world", reverse("sites")), *backups]


def _on(row: Task, home: Platform, able: frozenset[str]) -> list[Next]:
    found = [Next(f"To {home.name}", "stack-2", reverse("platform", args=[home.name]))]
    if row.state in WELL and home.state == Platform.State.ENABLED and "site_install" in able:
        address = f"{reverse('install')}?{urlencode({'platform': home.name})}"
        found.insert(0, Next("Install a site", "plus", address, main=row.operation != "fleet_compare"))
    return found
