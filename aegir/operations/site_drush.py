"""Run a Drush command on a site, with the Drush that its platform brings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from django.conf import settings

from aegir import drivers, operations
from aegir.drivers.app import AppDriver
from aegir.drivers.app.drupal_drush import drush_arguments
from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Platform, Task
from aegir.operations import finding, places
from aegir.steps.database import StartDatabase
from aegir.steps.everyday import RunDrush
from aegir.steps.record_everyday import OutputKept

TITLE = "Drush"
LONGEST = 64 * 1024
"""Characters of all arguments together."""


def plan(task: Task) -> list[Step]:
    ref = places.site_ref(places.site_of(task))
    return [
        StartDatabase(ref.host, ref.database.server, ref.database.administrator, ref.database.start),
        RunDrush(ref, tuple(task.arguments["arguments"])),
        OutputKept(),
    ]


def ask(*, domain: str, arguments: Sequence[str], by: str) -> Task:
    """Queue a Drush command with its arguments, as they would be typed after «drush»."""
    site = finding.installed(domain, "worked on with Drush")
    given = [str(argument) for argument in arguments]
    # Runs nothing yet: what the driver would refuse is refused at once.
    drush_arguments(places.site_ref(site).place, given)
    if sum(map(len, given)) > LONGEST:
        raise Refused("The arguments are too long together.", field="arguments")
    if not _app(site.platform).has_drush(site.platform.root):
        raise Refused(
            f"The platform {site.platform.name} brings no Drush: build one that requires drush/drush.",
            field="domain",
        )
    return places.ask_site("site_drush", site, by, {"domain": domain, "arguments": given})


def _app(platform: Platform) -> AppDriver:
    host = operations.connect(platform.server.name)
    return cast(AppDriver, drivers.load("app", "drupal")(host, str(settings.AEGIR_BRIDGE)))
