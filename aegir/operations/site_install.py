"""Install a site: a database, a directory, Drupal in it, and an address that visitors can reach."""

from __future__ import annotations

import re
from pathlib import Path

from django.db import IntegrityError, transaction

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Platform, Secret, Service, Site, SiteName, Task, names
from aegir.operations import finding, places
from aegir.steps.app import InspectSite, InstallDrupal
from aegir.steps.database import CreateDatabase, StartDatabase
from aegir.steps.files import HasRoom, MakeDirectories
from aegir.steps.record import SiteInspected, forget_secrets
from aegir.steps.site import WriteSettings, WriteSitesPhp
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
        InstallDrupal(ref, site.profile, site.language, site.email),
        InspectSite(ref, login=True),
        PublishSite(ref.host, web, ref, site.platform.key),
        ProbeSite(ref.host, web, site.domain),
        SiteInspected(site.pk),
    ]


def ask(
    *,
    domain: str,
    platform: str,
    profile: str | None = None,
    language: str | None = None,
    db: str | None = None,
    email: str | None = None,
    by: str,
) -> Task:
    """Queue the installation of a new site; its name is taken from this moment."""
    name = names.domain(domain)
    home = _open_platform(platform)
    site = Site(
        domain=name,
        platform=home,
        profile=finding.one_of(profile or next(iter(home.profiles), ""), home.profiles, "profile", "profile"),
        language=finding.one_of(language or "en", home.languages, "language", "language"),
        database=finding.database(home.server, db),
        email=names.email(email or f"admin@{name}"),
    )
    arguments = {"domain": domain, "platform": platform, "profile": profile, "language": language,
                 "db": db, "email": email}  # fmt: skip
    _refuse_taken(name)
    _refuse_remains(site)
    with transaction.atomic():
        _take_name(site)
        site.database_secret = Secret.generate(f"database password of {name}")
        site.salt_secret = Secret.generate(f"hash salt of {name}", length=64)
        site.save()
        task = places.ask_site("site_install", site, by, arguments)
        site.database_name = site.database_user = database_name(name, task.pk)
        site.save()
    return task


def ended(task: Task) -> None:
    """Nothing is left of a failed install but its record: the name is free for another try.

    One that is stuck, or was given up, may have left something: then deleting the site clears that away.
    """
    site = places.site_of(task)
    site.state = Site.State.FAILED
    site.save()
    if not task.remedy:
        SiteName.objects.filter(site=site).delete()
        forget_secrets(site)


def database_name(domain: str, task: int) -> str:
    """Also the user's name: what people recognise, then the task's id, which nobody else has."""
    slug = re.sub(r"[^a-z0-9]+", "_", domain).strip("_")[:20].rstrip("_")
    return f"{slug}_{task}"


def _open_platform(name: str) -> Platform:
    platform = finding.platform(name)
    if platform.state == Platform.State.LOCKED:
        raise Refused(f"The platform {name} is locked: unlock it or choose another.", field="platform")
    if platform.state != Platform.State.ENABLED:
        raise Refused(
            f"The platform {name} is {platform.get_state_display()}: see «aegir platform show {name}», "
            f"then «aegir platform verify {name}».",
            field="platform",
        )
    platform.server.services.get(family=Service.WEB)
    return platform


def _refuse_remains(site: Site) -> None:
    path = Path(site.platform.root) / site.directory
    if path.is_symlink() or path.exists():
        raise Refused(
            f"{path} is already there and Aegir knows no site of it: move it away, or choose another domain.",
            field="domain",
        )


def _refuse_taken(name: str) -> None:
    taken = SiteName.objects.select_related("site").filter(name=name).first()
    if taken is not None:
        what = "already a site" if taken.main else f"already an alias of the site {taken.site.domain}"
        raise Refused(f"{name} is {what}: choose another domain.", field="domain")


def _take_name(site: Site) -> None:
    Site.objects.filter(domain=site.domain, state=Site.State.FAILED).update(state=Site.State.DELETED)
    site.save()
    try:
        SiteName.objects.create(name=site.domain, site=site, main=True)
    except IntegrityError as race:
        raise Refused(f"{site.domain} was taken just now: choose another domain.", field="domain") from race
