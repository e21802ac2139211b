"""Platforms that are built, from every kind of source, and deleted: what is broken, what must follow."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aegir.errors import Refused
from aegir.models import Default, Platform, Task
from aegir.operations import platform_add, platform_delete, platform_verify, site_delete, site_install
from tests.codebases import OURS
from tests.drivers.source.composer_packages import packages, project, written
from tests.faults import platforms
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


@dataclass
class Building:
    """The building of a platform from one kind of source."""

    make: Make
    said: dict[str, Any] = field(default_factory=dict)
    """The source."""
    met: list[object] = field(default_factory=list)
    """What failures left of which it was seen that the same succeeds when it is asked for again."""

    def prepare(self, world: World) -> None:
        Default.objects.create(name="sources_private", value=True)
        folder = world.hosting.folder / "code/source"
        folder.mkdir()
        self.said = self.make(OURS / "ten", folder)
        self.met.clear()

    def ask(self, world: World) -> Task:
        """A first time, or once more after it failed."""
        if Platform.objects.live().filter(name=NAME).exists():
            return platform_verify.ask(name=NAME, by=BY)
        return platform_add.ask(name=NAME, source=self.said, by=BY)

    def settle(self, world: World, task: Task) -> Iterator[str]:
        """Whole, and able to host; or nothing at all, and what is asked for again succeeds."""
        if task.state == Task.State.SUCCEEDED:
            yield from self._whole(world, task, hosting=True)
        elif (left := _left()) not in self.met:
            self.met.append(left)
            try:
                again = run(self.ask(world))
            except Refused as refused:
                yield f"it may not be asked for again: {refused}"
            else:
                yield from self._whole(world, again, hosting=False)
        # The next one has to fetch again, so that this is broken too.
        platforms.empty(platforms.SOURCES)

    def _whole(self, world: World, task: Task, *, hosting: bool) -> Iterator[str]:
        if (task.operation, task.state) != ("platform_build", Task.State.SUCCEEDED):
            yield f"{task.operation} is {task.state}: {task.error}"
            return
        verified = run(Task.objects.get(operation="platform_verify", state=Task.State.QUEUED))
        if verified.state != Task.State.SUCCEEDED:
            yield f"its verification is {verified.state}: {verified.error}"
            return
        yield from _as_it_was_made(Platform.objects.get(name=NAME, state=Platform.State.ENABLED))
        yield from _hosts(world) if hosting else ()
        yield from world.whole(task)
        succeed(platform_delete.ask(name=NAME, by=BY))

    def scenario(self, kind: str) -> Scenario:
        return Scenario(f"build {kind}", self.ask, self.prepare, settle=self.settle)


def _left() -> object:
    """All that a failed build leaves that the next one may meet."""
    row = Platform.objects.filter(name=NAME).values("state", "docroot", "built").last()
    return row, platforms.contents(platforms.SOURCES)


def _as_it_was_made(platform: Platform) -> Iterator[str]:
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


def built(world: World) -> None:
    """A platform that can be deleted."""
    folder = world.hosting.folder / "code/source"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    succeed(platform_add.ask(name=NAME, source=MAKERS["archive"](OURS / "ten", folder), by=BY))
    succeed(Task.objects.get(operation="platform_verify", state=Task.State.QUEUED))


BUILDING = [
    *(Building(MAKERS[kind]).scenario(kind) for kind in ("archive", "git", "make")),
    Building(from_composer).scenario("composer"),
    Scenario("delete platform", lambda world: platform_delete.ask(name=NAME, by=BY), built, built),
]
