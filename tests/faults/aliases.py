"""Drush's files as the registry would have them, beside those that are there."""

from __future__ import annotations

from collections.abc import Iterator

from django.conf import settings

from aegir import operations
from aegir.engine.journal import Journal
from aegir.engine.log import TaskLog
from aegir.models import Platform, Site, Task
from aegir.operations import drush_aliases, places
from aegir.steps.record_drush import INSTALLED, DrushFiles
from tests.faults.platforms import VERIFIED


def complaints(task: Task) -> Iterator[str]:
    """What is wrong with them, in sentences; ``task`` is whose eyes look."""
    world = operations.world(task, TaskLog(Journal(task.pk, "")), {})
    steps: list[DrushFiles] = [drush_aliases.of_platform(each) for each in Platform.objects.live()
                               if each.state in VERIFIED]  # fmt: skip
    for site in Site.objects.filter(state__in=INSTALLED).select_related("platform__server"):
        steps.append(drush_aliases.of_site(places.site_ref(site)))
    wanted = {"drush.yml", "drushrc.php"}
    for step in steps:
        if wrong := step.look(world):
            yield f"{step.summary()}: not as they should be are {wrong}"
        wanted |= {name for name, text in step.files(world).items() if text is not None}
    folder = settings.AEGIR_HOME / "drush"
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}
    if there != wanted:
        yield f"Drush's files are {sorted(there)}, and should be {sorted(wanted)}"
