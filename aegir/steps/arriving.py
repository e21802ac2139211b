"""What comes from an archive or a dump made elsewhere: does it fit, where did it lie, whose are its files."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, BinaryIO, cast

from aegir.drivers.archive import plain
from aegir.engine.step import Check, Json, Level
from aegir.errors import Broken
from aegir.steps.app import INSPECTING, Inside, run
from aegir.steps.backup import archive_driver
from aegir.steps.site import SiteRef
from aegir.steps.world import World

PIECE = 1 << 20
BELOW = re.compile(rb"sites\\?/([a-z0-9][a-z0-9._-]{0,252})\\?/(?:files|private|modules|themes|libraries)\b")
DIRECTORY = re.compile(r"sites/[a-z0-9][a-z0-9._-]*")
EVERYBODYS = b"all"


@dataclass(frozen=True)
class FitsCode(Check):
    """Refuse a site that the platform's code cannot run, by what its archive says of itself."""

    platform: str
    version: str
    profiles: tuple[str, ...]

    title = "Compare with the platform"

    def do(self, world: World) -> Json:
        told = manifest(world)
        problem = misfit(told, self.platform, self.version, self.profiles)
        if problem:
            raise Broken(problem)
        if not told:
            world.log.line("The archive does not say what Drupal it holds: Drupal itself will tell.")
        return None


def manifest(world: World) -> dict[str, Any]:
    """What the archive says of itself; {} where it says nothing."""
    checked = world.found.get("CheckArchive")
    return cast(dict[str, Any], checked["manifest"]) if isinstance(checked, dict) else {}


def misfit(told: Mapping[str, Any], platform: str, version: str, profiles: tuple[str, ...]) -> str:
    """Why a site of which a manifest tells cannot run on that platform; "" when nothing speaks against it."""
    drupal, profile = str(told.get("drupal", "")), str(told.get("profile", ""))
    old, new = _major(drupal), _major(version)
    if old and (new < old or old < 8 <= new):
        return f"It holds a site of Drupal {drupal}, and {platform} is Drupal {version}: choose another one."
    if profile and profile not in profiles:
        return f"Its profile {profile} is not in {platform}: add it there, or choose another platform."
    return ""


def _major(version: str) -> int:
    first = version.partition(".")[0]
    return int(first) if first.isdigit() and len(first) < 4 else 0


@dataclass(frozen=True)
class FindOrigin(Check):
    """Find in the database under which directory the site lay, where its archive does not say it."""

    host: str
    archive: str
    plain: bool = False
    """Whether it is a mere dump."""

    title = "Find where the site lay"

    def do(self, world: World) -> Json:
        if manifest(world):
            return None
        with self.dump(world) as content:
            found = directory_in(content)
        if found:
            world.log.line(f"Its database speaks of {found}.")
        return found

    def dump(self, world: World) -> AbstractContextManager[BinaryIO]:
        if self.plain:
            return plain.opened(self.archive)
        checked = cast(dict[str, Any], world.found["CheckArchive"])
        return archive_driver(world, self.host).database(self.archive, str(checked["database"]))


def directory_in(content: BinaryIO) -> str | None:
    """The site's directory of which a dump speaks most often; None when it speaks of none."""
    seen: Counter[bytes] = Counter()
    while piece := content.read(PIECE):
        seen.update(BELOW.findall(piece))
    del seen[EVERYBODYS]
    return f"sites/{seen.most_common(1)[0][0].decode()}" if seen else None


@dataclass(frozen=True)
class LeaveOrigin(Inside):
    """Correct what Drupal keeps by path, from where the site lay before to where it lies now."""

    title = "Correct paths"

    def do(self, world: World) -> Json:
        directory, names = self._origin(world)
        if directory is None or directory == self.site.place.directory:
            return None
        if not DIRECTORY.fullmatch(directory):
            world.log.line("Where the site lay is no directory of a site: its paths stay.", Level.WARNING)
            return None
        op = {"op": "relocate", "from_directory": directory, "from_names": names}
        (result,) = run(world, self.site, [op], INSPECTING)
        world.log.line(f"{len(result['changed'])} values led to {directory} and now lead here.")
        return cast(Json, result)

    @staticmethod
    def _origin(world: World) -> tuple[str | None, list[str]]:
        told = manifest(world)
        if not told:
            found = world.found.get("FindOrigin")
            return (found, [found.removeprefix("sites/")]) if isinstance(found, str) else (None, [])
        domain = str(told.get("domain", ""))
        aliases = [str(row.get("name", "")) for row in told.get("aliases", []) if isinstance(row, dict)]
        return f"sites/{domain}", [domain, *aliases]


@dataclass(frozen=True)
class SettleFiles(Check):
    """Give unpacked files the owners and modes that a site's have.

    Nobody else can reach them yet, since the directory that holds them stays closed (0700) to the last: what
    is changed here by its path nobody can swap for a link. They go with the step that unpacked them.
    """

    site: SiteRef
    path: str

    title = "Settle the owners of the files"

    def do(self, world: World) -> Json:
        host = world.host(self.site.host)
        self._own(world, self.path, self.site.operator)
        self._each(world, self.path, ["chmod", "-R", "u+rwX,g+rX,go-w"])
        for written in ("files", "private/files", "private/temp", "private/config/sync"):
            path = f"{self.path}/{written}"
            if (found := host.stat(path)) is not None and found.kind == "directory":
                self._own(world, path, self.site.web_user, itself=True)
                host.run(["chmod", "-R", "u+rwX,g+rwX,o-rwx", "--", path], timeout=INSPECTING)
                inherit = ["find", path, "-type", "d", "-exec", "chmod", "g+s", "--", "{}", "+"]
                host.run(inherit, timeout=INSPECTING)
        return None

    def _own(self, world: World, path: str, owner: str | None, *, itself: bool = False) -> None:
        """Give all that is in a directory, or that directory ``itself`` too, to its owner."""
        if owner is None or self.site.web_group is None:
            return
        change = ["chown", "-RhP", f"{owner}:{self.site.web_group}"]
        if itself:
            world.host(self.site.host).run([*change, "--", path], timeout=INSPECTING)
        else:
            self._each(world, path, change)

    def _each(self, world: World, path: str, change: list[str]) -> None:
        """Run a command on all that is in a directory, not on that itself, nor on what a link leads to."""
        found = ["find", path, "-mindepth", "1", "-maxdepth", "1", "!", "-type", "l"]
        world.host(self.site.host).run([*found, "-exec", *change, "{}", "+"], timeout=INSPECTING)
