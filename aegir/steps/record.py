"""Commits: the moment from which a task's outcome is the truth in the registry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, cast

from django.db import transaction
from django.utils import timezone

from aegir.engine.step import Commit, Json, Step
from aegir.errors import Broken
from aegir.models import Backup, Package, Pair, Platform, Secret, Server, Site, SiteName
from aegir.steps.record_stock import notice_changes
from aegir.steps.site import login_purpose
from aegir.steps.world import World


@dataclass(frozen=True)
class SiteInspected(Commit):
    """An installed or verified site: enabled, with the packages that it has."""

    site: int

    title = "Record the site"

    def do(self, world: World) -> Json:
        found = self.found(world)
        site = Site.objects.get(pk=self.site)
        if site.state in (Site.State.QUEUED, Site.State.FAILED):
            site.state = Site.State.ENABLED
        site.title = str(found["status"].get("name", ""))[:200]
        site.verified_at = timezone.now()
        site.save()
        if found["login"] is not None:
            remember_login(site, found["login"])
        replace_packages(found["packages"], site=site)
        return None

    def found(self, world: World) -> dict[str, Any]:
        """What the inspection told."""
        return cast(dict[str, Any], world.found["InspectSite"])


@dataclass(frozen=True)
class LoginMade(Commit):
    """A site's new one-time login link."""

    site: int

    title = "Record the login link"

    def do(self, world: World) -> Json:
        found = cast(dict[str, Any], world.found["MakeLoginLink"])
        remember_login(Site.objects.get(pk=self.site), found["login"])
        return None


@dataclass(frozen=True)
class SiteDeleted(Commit):
    """The site is history: its names are free, its secrets and kept pairs go next; its tasks stay."""

    site: int

    title = "Record that the site is deleted"

    def do(self, world: World) -> Json:
        site = Site.objects.get(pk=self.site)
        SiteName.objects.filter(site=site).delete()
        Package.objects.filter(site=site).delete()
        Pair.objects.filter(site=site).update(state=Pair.State.GONE)
        # A broken site may have had nothing to make the final backup of.
        Backup.objects.filter(task=world.task, state=Backup.State.MAKING).delete()
        site.state = Site.State.DELETED
        site.save()
        return None


@dataclass(frozen=True)
class PlatformVerified(Commit):
    """A platform's code as it was found."""

    platform: int
    php: str
    """The PHP version that runs it."""

    title = "Record the platform"

    def do(self, world: World) -> Json:
        found = cast(dict[str, Any], world.found["ScanCode"])
        platform = Platform.objects.get(pk=self.platform)
        if platform.state in (Platform.State.QUEUED, Platform.State.FAILED):
            platform.state = Platform.State.ENABLED
        for field in ("version", "major", "profiles", "languages", "problems", "fingerprint"):
            setattr(platform, field, found[field])
        platform.php = self.php
        notice_changes(world, platform, cast(dict[str, list[str]], world.found["TakeStock"]))
        platform.verified_at = timezone.now()
        platform.save()
        replace_packages(found["packages"], platform=platform)
        return None


@dataclass(frozen=True)
class PlatformDeleted(Commit):
    """The platform is history; its name and path are free."""

    platform: int

    title = "Record that the platform is deleted"

    def do(self, world: World) -> Json:
        platform = Platform.objects.get(pk=self.platform)
        platform.state = Platform.State.DELETED
        platform.save()
        platform.packages.all().delete()
        return None


@dataclass(frozen=True)
class ServerVerified(Commit):
    """A server that does all that its services promise, and which versions it has."""

    server: int
    facts_from: tuple[str, ...]
    """Step class names whose findings are the server's facts."""

    title = "Record the server"

    def do(self, world: World) -> Json:
        server = Server.objects.get(pk=self.server)
        facts: dict[str, Json] = {}
        for name in self.facts_from:
            facts.update(cast(dict[str, Json], world.found.get(name) or {}))
        server.facts = facts
        server.state = Server.State.ENABLED
        server.verified_at = timezone.now()
        server.save()
        return None


@dataclass(frozen=True)
class RoomMeasured(Commit):
    """How much room the server's disks have now; all else that is known of it stays as it is."""

    server: int

    title = "Record the free space"

    def do(self, world: World) -> Json:
        with transaction.atomic():
            server = Server.objects.select_for_update().get(pk=self.server)
            server.facts = {**server.facts, **cast(dict[str, Json], world.found["MeasureRoom"])}
            server.save(update_fields=["facts"])
        return None


@dataclass(frozen=True)
class ForgetSecrets(Step):
    """After the last use of a deleted site's secrets: they are gone for good. Only after the commit."""

    site: int

    title = "Forget the site's secrets"

    def look(self, world: World) -> Json:
        site = Site.objects.get(pk=self.site)
        return site.database_secret_id is not None or site.salt_secret_id is not None

    def done(self, seen: Json) -> bool:
        return seen is False

    def do(self, world: World) -> Json:
        forget_secrets(Site.objects.get(pk=self.site))
        return None

    def undo(self, world: World, before: Json) -> None:
        raise Broken("Forgotten secrets cannot be brought back.")


def forget_secrets(site: Site) -> None:
    """Take every secret from a site that no longer exists."""
    held = [site.database_secret_id, site.salt_secret_id, site.login_secret_id]
    site.database_secret = site.salt_secret = site.login_secret = None
    site.save()
    Secret.objects.filter(pk__in=[number for number in held if number is not None]).delete()
    Secret.objects.filter(purpose=login_purpose(site.domain)).delete()


def forget_unused_links(site: Site) -> None:
    """Take the login links of tasks that ended before they were recorded."""
    links = Secret.objects.filter(purpose=login_purpose(site.domain))
    links.exclude(pk=site.login_secret_id or 0).delete()


def remember_login(site: Site, secret: int) -> None:
    """The site's one-time login link; the one before it is forgotten."""
    old = site.login_secret
    site.login_secret_id = secret
    site.login_at = timezone.now()
    site.save()
    if old is not None:
        old.delete()


def replace_packages(
    found: Iterable[dict[str, Any]], *, site: Site | None = None, platform: Platform | None = None
) -> None:
    """Make the registry say exactly what was found."""
    Package.objects.filter(site=site, platform=platform).delete()
    fields = {field.name for field in Package._meta.concrete_fields} - {"id", "site", "platform"}
    Package.objects.bulk_create(
        Package(site=site, platform=platform, **{key: value for key, value in item.items() if key in fields})
        for item in found
    )
