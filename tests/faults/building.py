"""Platforms that are built, from every kind of source, and deleted: what is broken, what must follow."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from aegir.errors import Refused
from aegir.models import Default, Platform, Task
from aegir.operations import platform_add, platform_delete, platform_verify, site_delete, site_install
from tests.codebases import OURS
from tests.drivers.source.composer_packages import packages, project, written
from tests.faults.scenario import Scenario
from tests.faults.world import World, succeed
from tests.operations.building import MAKERS, repository
from tests.operations.hosting import BY, run

NAME = "built"
HOSTED = "hosted.localhost"
Make = Callable[[Path, Path], dict[str, Any]]


def from_composer(code: Path, folder: Path) -> dict[str, Any]:
    """A repository with a project, whose packages lie in a folder."""
    packages(folder / "packages")
    Default.objects.create(name="composer_repositories", value=f"{folder}/packages")
    Default.objects.create(name="composer_plugins", value="studio/placing\ncomposer/*\ndrupal/core-*")
    made = written(folder / "project", project(folder / "packages"))
    return {"kind": "composer", "location": f"file://{repository(made, folder)}", "reference": "main"}


def building(kind: str, make: Make) -> Scenario:
    """The building of a platform from that kind of source."""
    said: dict[str, Any] = {}

    def prepare(world: World) -> None:
        Default.objects.create(name="sources_private", value=True)
        folder = world.hosting.folder / "code/source"
        folder.mkdir()
        said.clear()
        said.update(make(OURS / "ten", folder))

    def ask(world: World) -> Task:
        return platform_add.ask(name=NAME, source=said, by=BY)

    return Scenario(f"build {kind}", ask, prepare, taken_away, settled)


def settled(world: World, task: Task) -> Iterator[str]:
    """Whole, and able to host; or nothing at all, and what is asked for again succeeds."""
    succeeded = task.state == Task.State.SUCCEEDED
    if not succeeded:
        try:
            task = run(platform_verify.ask(name=NAME, by=BY))
        except Refused as refused:
            yield f"it may not be asked for again: {refused}"
            return
        if (task.operation, task.state) != ("platform_build", Task.State.SUCCEEDED):
            yield f"asked for again, {task.operation} is {task.state}: {task.error}"
            return
    verified = run(Task.objects.get(operation="platform_verify", state=Task.State.QUEUED))
    if verified.state != Task.State.SUCCEEDED:
        yield f"its verification is {verified.state}: {verified.error}"
        return
    platform = Platform.objects.get(name=NAME, state=Platform.State.ENABLED)
    yield from _as_it_was_made(world, platform)
    if succeeded:
        yield from _hosts(world)
    yield from world.whole(task)


def _as_it_was_made(world: World, platform: Platform) -> Iterator[str]:
    if platform.source["kind"] == "composer":
        if platform.built["packages"]["drupal/core"] != platform.version:
            yield f"{platform.built} was built, and what is there is {platform.version}"
    elif platform.fingerprint != Platform.objects.get(name="now").fingerprint:
        yield f"what was built is {platform.version}, {platform.fingerprint}: another code"


def _hosts(world: World) -> Iterator[str]:
    site = run(site_install.ask(domain=HOSTED, platform=NAME, profile="minimal", db="sqlite", by=BY))
    if site.state != Task.State.SUCCEEDED:
        yield f"it hosts nothing: {site.error}"
        return
    if (got := world.hosting.web.nginx.probe(HOSTED)) != 200:
        yield f"the site on it answers {got}"
    succeed(site_delete.ask(domain=HOSTED, by=BY))


def taken_away(world: World) -> None:
    succeed(platform_delete.ask(name=NAME, by=BY))


def built(world: World) -> None:
    """A platform that can be deleted."""
    folder = world.hosting.folder / "code/source"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    succeed(platform_add.ask(name=NAME, source=MAKERS["archive"](OURS / "ten", folder), by=BY))
    succeed(Task.objects.get(operation="platform_verify", state=Task.State.QUEUED))


BUILDING = [
    *(building(kind, MAKERS[kind]) for kind in ("archive", "git", "make")),
    building("composer", from_composer),
    Scenario("delete platform", lambda world: platform_delete.ask(name=NAME, by=BY), built, built),
]
