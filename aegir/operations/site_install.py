"""Install a site: a database, a directory, Drupal in it, and an address that visitors can reach."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from aegir.engine.step import Step
from aegir.models import Site, Task, names
from aegir.operations import aliases as naming
from aegir.operations import drush_aliases, finding, new_site, places, preparing
from aegir.steps.app import InspectSite, InstallDrupal
from aegir.steps.database import CreateDatabase, StartDatabase
from aegir.steps.files import MakeDirectories
from aegir.steps.prepared import InstallFromCopy, KeepCopy, Personalise
from aegir.steps.record_prepared import SiteInstalled
from aegir.steps.room import HasRoom
from aegir.steps.site import SiteRef, WriteSettings, WriteSitesPhp
from aegir.steps.web import ProbeSite, PublishSite

TITLE = "Install"
ROOM = 64
"""Mebibytes that a new site's files and caches may take."""


def plan(task: Task) -> list[Step]:
    site = places.site_of(task)
    ref = places.site_ref(site)
    return [
        HasRoom(ref.host, site.platform.root, ROOM),
        StartDatabase(ref.host, ref.database.server, ref.database.administrator, ref.database.start),
        CreateDatabase(ref.database),
        MakeDirectories(ref.host, ref.directories()),
        WriteSitesPhp(ref.host, site.platform.root, ref.operator),
        WriteSettings(ref.host, ref),
        *_filled(task, site, ref),
        SiteInstalled(site.pk, copy.pk if (copy := preparing.reserved(task)) else None),
        drush_aliases.of_site(ref),
    ]


def _filled(task: Task, site: Site, ref: SiteRef) -> list[Step]:
    """Drupal is installed, inspected and published: from a prepared copy where one fits, otherwise by its own
    installer; the first of its kind leaves a copy behind before anybody uses it."""
    web, key = places.web(site.platform.server), site.platform.key
    installing = (ref, site.profile, site.language, site.email)
    published, probed = PublishSite(ref.host, web, ref, key), ProbeSite(ref.host, web, ref)
    copy = preparing.fitting(site)
    if copy is not None:
        given = InstallFromCopy(*installing, places.database(copy), str(copy.files))
        return [given, Personalise(ref, login=True, email=site.email), published, probed]
    inspected = [InstallDrupal(*installing), InspectSite(ref, login=True)]
    left = preparing.reserved(task)
    if left is None:
        return [*inspected, published, probed]
    closed = PublishSite(ref.host, web, ref, key, "maintenance")
    kept = KeepCopy(ref, places.database(left), str(left.files))
    return [*inspected, closed, probed, kept, published]


def ask(
    *,
    domain: str,
    platform: str,
    profile: str | None = None,
    language: str | None = None,
    db: str | None = None,
    email: str | None = None,
    aliases: Sequence[str] = (),
    alias_www: str = "",
    alias_subdomain: str | None = None,
    client: str | None = None,
    by: str,
) -> Task:
    """Queue the installation of a new site; its names are taken from this moment. What is said of ``alias_``
    goes before the defaults of that name."""
    name = names.domain(domain)
    home = finding.open_platform(platform)
    site = Site(
        domain=name,
        platform=home,
        profile=finding.one_of(profile or next(iter(home.profiles), ""), home.profiles, "profile", "profile"),
        language=finding.one_of(language or "en", home.languages, "language", "language"),
        database=finding.database(home.server, db),
        email=names.email(email or f"admin@{name}"),
        client=finding.client(client),
        **naming.wishes(alias_www, alias_subdomain),
    )
    arguments = {"domain": domain, "platform": platform, "profile": profile, "language": language,
                 "db": db, "email": email, "aliases": list(aliases), "alias_www": alias_www,
                 "alias_subdomain": alias_subdomain, "client": client}  # fmt: skip
    with transaction.atomic():
        task = new_site.begin("site_install", site, by, arguments)
        with finding.calling(name="aliases"):
            naming.take(site, aliases)
        preparing.reserve(site, task)
    return task


def ended(task: Task) -> None:
    """Nothing is left of a failed install but its record; no prepared copy comes of it either."""
    preparing.discard(task)
    new_site.ended(task)
