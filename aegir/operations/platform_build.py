"""Build a platform's code from where it comes from: aside, checked, then moved into place as a whole."""

from __future__ import annotations

from pathlib import PurePosixPath

from django.conf import settings

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Platform, Task
from aegir.operations import building, connect, finding, places
from aegir.steps.building import BuildCode, FindDocroot, PlaceIsFree, TidyCache
from aegir.steps.record_platform import PlatformBuilt
from aegir.steps.room import HasRoom
from aegir.steps.trees import MoveTree, hidden_path

TITLE = "Build"
MEBIBYTES = 512
"""What must be free before anything is fetched: a Drupal with what belongs to it."""


def plan(task: Task) -> list[Step]:
    platform = places.platform_of(task)
    host, work = platform.server.name, hidden_path(platform.path, "build", task.pk)
    terms = building.terms()
    return [
        PlaceIsFree(host, platform.path),
        HasRoom(host, str(PurePosixPath(platform.path).parent), MEBIBYTES),
        BuildCode(
            host,
            work,
            building.of(platform),
            terms,
            building.sealed(platform.credentials.order_by("pk")),
            places.operator(),
        ),
        FindDocroot(host, work, platform.docroot),
        MoveTree(host, work, platform.path, "Move the code into place"),
        PlatformBuilt(platform.pk),
        TidyCache(terms.cache),
    ]


def ask(*, name: str, by: str) -> Task:
    """Queue the building of a platform whose code is not there."""
    return queue(finding.platform(name), by)


def queue(platform: Platform, by: str) -> Task:
    if not platform.source:
        raise Refused(
            f"The platform {platform.name} was brought as it is: there is nothing to build it from."
        )
    under_way = Task.objects.filter(
        operation="platform_build",
        subject_kind="platform",
        subject_id=platform.pk,
        state__in=(Task.State.QUEUED, Task.State.RUNNING),
        dry_run=False,
    ).first()
    if under_way is not None:
        raise Refused(f"The platform {platform.name} is being built already, by task {under_way.pk}.")
    if not missing(platform):
        raise Refused(f"The platform {platform.name} is built already: its code lies at {platform.path}.")
    return places.ask_platform("platform_build", platform, by, {"name": platform.name})


def missing(platform: Platform) -> bool:
    """Whether a platform that could be built has no code."""
    return bool(platform.source) and connect(platform.server.name).stat(platform.path) is None


def path_of(name: str) -> str:
    """Where a platform of that name is built."""
    return str(settings.AEGIR_HOME / "platforms" / name)


def ended(task: Task) -> None:
    """A platform that never was built cannot be used."""
    Platform.objects.filter(pk=task.subject_id or 0, state=Platform.State.QUEUED).update(
        state=Platform.State.FAILED
    )
