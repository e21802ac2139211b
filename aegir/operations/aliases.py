"""The names of a site beside its domain: which it gets by itself, how they are taken, and how they change.

A new site's names are taken for good at once (``take``): nobody but the site's own task can serve them. An
operation on a site that is served only reserves them (``reserve``): they count once its commit says so.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

from django.db import IntegrityError, transaction

from aegir.engine.step import Level, Step
from aegir.errors import Refused
from aegir.models import Site, SiteName, Task, TaskLine, default, names
from aegir.operations import finding, places
from aegir.steps.record_names import NamesChanged
from aegir.steps.site import SiteRef, WriteSettings
from aegir.steps.web import PublishSite

WWW = "www."


def automatic(site: Site, domain: str | None = None) -> list[str]:
    """The names that the defaults, or the site's own wishes, give a site of that domain."""
    name = domain or site.domain
    www = site.alias_www or default.value("alias_www")
    below = default.value("alias_subdomain") if site.alias_subdomain is None else site.alias_subdomain
    found = []
    if www == "add" and not name.startswith(WWW):
        found.append(f"{WWW}{name}")
    if www == "strip" and name.startswith(WWW):
        found.append(name.removeprefix(WWW))
    if below:
        found.append(f"{name}.{below}")
    return [candidate for candidate in found if names.is_domain(candidate)]


def wishes(www: str, subdomain: str | None) -> dict[str, Any]:
    """What a site wishes instead of the defaults, as fields of its row; Refused when that cannot be."""
    if www:
        finding.one_of(www, ["none", "add", "strip"], "way to treat www", "alias_www")
    with finding.calling(domain="alias_subdomain"):
        return {"alias_www": www, "alias_subdomain": names.domain(subdomain) if subdomain else subdomain}


def take(site: Site, wanted: Iterable[str], *, reserved: bool = False) -> list[str]:
    """Take further names for a site, as typed; the names as they are stored.

    Refused when one is no name, or another site has it, or this one already.
    """
    taken = []
    with transaction.atomic():
        for text in wanted:
            name = _alias(text)
            refuse_taken(name)
            _take(site, name, reserved=reserved)
            taken.append(name)
    return taken


def reserve(site: Site, wanted: Iterable[str]) -> list[str]:
    """The same for an operation on a site that is served; ``release`` them when that fails."""
    return take(site, wanted, reserved=True)


def take_automatic(site: Site, task: Task, domain: str | None = None, *, reserved: bool = False) -> list[str]:
    """Take the names that ``automatic`` gives; one that another site has is left out, and the task's log
    says so."""
    taken = []
    for name in automatic(site, domain):
        owner = SiteName.objects.select_related("site").filter(name=name).first()
        if owner is None:
            _take(site, name, reserved=reserved, automatic=True)
            taken.append(name)
        elif owner.site_id != site.pk:
            text = f"{name} is left out of the aliases: it is a name of {owner.site.domain}."
            TaskLine.objects.create(task=task, level=Level.NOTICE, text=text)
    return taken


def release(site: Site, reserved: Iterable[str]) -> None:
    """For ``ended``: what was reserved for an operation on the site is free again."""
    SiteName.objects.filter(site=site, name__in=list(reserved), reserved=True).delete()


def refuse_taken(name: str) -> None:
    """Refused when any site has that name, or has it reserved. A wildcard covers what others have: an
    exact name wins."""
    try:
        finding.refuse_taken(name)
    except Refused as taken:
        raise Refused(str(taken).replace("another domain", "another name"), field="name") from taken


def alias_of(site: Site, text: str) -> SiteName:
    """The alias of ``site`` that is called that; Refused when there is none."""
    row = site.names.filter(name=_alias(text), main=False, reserved=False).first()
    if row is None:
        raise Refused(
            f"{names.shown(text)} is no alias of {site.domain}: see «aegir site alias list {site.domain}».",
            field="name",
        )
    return row


def steps(site: Site, rows: Sequence[SiteName], canonical: str) -> list[Step]:
    """Make ``rows`` all the names of a site, its domain among them; nothing of them is saved before the
    commit."""
    ref = changed(places.site_ref(site), rows, canonical)
    web, state = places.web(site.platform.server), places.vhost_state(site)
    return [
        WriteSettings(ref.host, ref),
        PublishSite(ref.host, web, ref, site.platform.key, state),
        NamesChanged(site.pk, tuple((row.name, row.redirects) for row in rows), canonical),
    ]


def changed(ref: SiteRef, rows: Sequence[SiteName], canonical: str) -> SiteRef:
    """The site as it is with these names."""
    # The order in which ``places.site_ref`` has them, so that nothing is written anew for nothing.
    others = sorted((row for row in rows if row.name != ref.domain), key=lambda row: row.name)
    main = [row for row in rows if row.name == ref.domain]
    return dataclasses.replace(
        ref,
        names=(ref.domain, *(row.name for row in others if not row.redirects)),
        redirects=tuple(row.name for row in [*main, *others] if row.redirects),
        canonical=canonical,
    )


def _alias(text: str) -> str:
    with finding.calling(domain="name"):
        return names.alias(text)


def _take(site: Site, name: str, *, reserved: bool, automatic: bool = False) -> None:
    try:
        with transaction.atomic():
            SiteName.objects.create(name=name, site=site, reserved=reserved, automatic=automatic)
    except IntegrityError as race:
        raise Refused(f"{name} was taken just now: choose another name.", field="name") from race
