"""Install a site: a database, a directory, Drupal in it, and an address that visitors can reach."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Secret, Site, SiteName, Task, names
from aegir.operations import aliases as naming
from aegir.operations import finding, places, preparing
from aegir.steps.app import InspectSite, InstallDrupal
from aegir.steps.database import CreateDatabase, StartDatabase
from aegir.steps.files import MakeDirectories
from aegir.steps.prepared import InstallFromCopy, KeepCopy, Personalise
from aegir.steps.record import forget_secrets
from aegir.steps.record_prepared import SiteInstalled
from aegir.steps.room import HasRoom
from aegir.steps.site import SiteRef, WriteSettings, WriteSitesPhp
from aegir.steps.web import ProbeSite, PublishSite

TITLE = "Install"
ROOM = 64
"""Mebibytes that a new site's files and caches may take."""


def plan(task: Task) -> list[Step]:
    site = places.site_of(task)
    ref, web = places.site_ref(site), places.web(site.platform.server)
    return [
        HasRoom(ref.host, site.platform.root, ROOM),
        StartDatabase(ref.host, ref.database.server, ref.database.administrator, ref.database.start),
        CreateDatabase(ref.database),
        MakeDirectories(ref.host, ref.directories()),
        WriteSitesPhp(ref.host, site.platform.root, ref.operator),
        WriteSettings(ref.host, ref),
        *_filled(task, site, ref),
        InspectSite(ref, login=True),
        PublishSite(ref.host, web, ref, site.platform.key),
        ProbeSite(ref.host, web, ref),
        SiteInstalled(site.pk, copy.pk if (copy := preparing.reserved(task)) else None),
    ]


def _filled(task: Task, site: Site, ref: SiteRef) -> list[Step]:
    """Drupal is installed: from a prepared copy where one fits, otherwise by its own installer; the first of
    its kind leaves a copy behind before anybody uses it."""
    installing = (ref, site.profile, site.language, site.email)
    copy = preparing.fitting(site)
    if copy is not None:
        given = InstallFromCopy(*installing, places.database(copy), str(copy.files))
        return [given, Personalise(ref, site.email)]
    left = preparing.reserved(task)
    if left is None:
        return [InstallDrupal(*installing)]
    return [InstallDrupal(*installing), KeepCopy(ref, places.database(left), str(left.files))]


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
        **naming.wishes(alias_www, alias_subdomain),
    )
    arguments = {"domain": domain, "platform": platform, "profile": profile, "language": language,
                 "db": db, "email": email, "aliases": list(aliases), "alias_www": alias_www,
                 "alias_subdomain": alias_subdomain}  # fmt: skip
    finding.refuse_taken(name)
    finding.refuse_remains(home, name)
    with transaction.atomic():
        _take_name(site)
        site.database_secret = Secret.generate(f"database password of {name}")
        site.salt_secret = Secret.generate(f"hash salt of {name}", length=64)
        site.save()
        task = places.ask_site("site_install", site, by, arguments)
        site.database_name = site.database_user = places.database_name(name, task.pk)
        site.save()
        naming.take(site, aliases)
        naming.take_automatic(site, task)
        preparing.reserve(site, task)
    return task


def ended(task: Task) -> None:
    """Nothing is left of a failed install but its record: the name is free for another try.

    One that is stuck, or was given up, may have left something: then deleting the site clears that away.
    """
    preparing.discard(task)
    site = places.site_of(task)
    site.state = Site.State.DELETED if task.dry_run else Site.State.FAILED
    site.save()
    if not task.remedy:
        SiteName.objects.filter(site=site).delete()
        forget_secrets(site)


def _take_name(site: Site) -> None:
    Site.objects.filter(domain=site.domain, state=Site.State.FAILED).update(state=Site.State.DELETED)
    site.save()
    try:
        SiteName.objects.create(name=site.domain, site=site, main=True)
    except IntegrityError as race:
        raise Refused(f"{site.domain} was taken just now: choose another domain.", field="domain") from race
