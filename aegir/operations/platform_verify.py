"""Verify a platform: read its code, give it PHP workers, tell the web server of it, find sites on it."""

from __future__ import annotations

from aegir.drivers.app.drupal import DOCROOTS
from aegir.engine.step import Step
from aegir.models import Platform, Task
from aegir.operations import drush_aliases, finding, importing, places, platform_build, preparing
from aegir.steps.app import ScanCode
from aegir.steps.record import PlatformVerified
from aegir.steps.record_import import SitesTakenIn
from aegir.steps.site import AdoptSitesPhp, WriteSitesPhp
from aegir.steps.stock import TakeStock
from aegir.steps.web import PublishPlatform, PublishPool

TITLE = "Verify"


def plan(task: Task) -> list[Step]:
    platform = places.platform_of(task)
    server, php = platform.server, places.php(platform.server)
    return [
        ScanCode(server.name, _scanned(platform), php.cli, php.user),
        TakeStock(server.name, platform.path),
        AdoptSitesPhp(server.name, platform.root, places.operator()),
        WriteSitesPhp(server.name, platform.root, places.operator()),
        PublishPool(server.name, php, places.pool(platform)),
        PublishPlatform(server.name, places.web(server), places.platform_config(platform)),
        *(strangers := importing.found(platform)),
        (SitesTakenIn if strangers else PlatformVerified)(platform.pk, php.version),
        drush_aliases.of_platform(platform),
        *preparing.retired(platform),
    ]


def ask(*, name: str, by: str) -> Task:
    """Queue the verification of a platform."""
    return queue(finding.platform(name), by)


def queue(platform: Platform, by: str) -> Task:
    """Queue it; where code that could be built is missing, that is built first and verified then."""
    if platform_build.missing(platform):
        return platform_build.queue(platform, by)
    return places.ask_platform("platform_verify", platform, by, {"name": platform.name})


def _scanned(platform: Platform) -> str:
    """Where to look for what the code holds: all of it, unless Drupal lies where nobody would look."""
    return platform.path if platform.docroot in DOCROOTS else platform.root


def ended(task: Task) -> None:
    """A platform that never was verified cannot be used; one that was goes on as it is."""
    importing.forget_read(task)
    Platform.objects.filter(pk=task.subject_id or 0, state=Platform.State.QUEUED).update(
        state=Platform.State.FAILED
    )
