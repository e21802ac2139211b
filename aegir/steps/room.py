"""Room on disk, looked for before anything is made."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any, cast

from aegir.engine.step import Check, Json
from aegir.errors import Broken
from aegir.steps.site import SiteRef
from aegir.steps.world import World

MEBIBYTE = 1 << 20
SPARE = 64 * MEBIBYTE
"""What a disk must have left when everything is made."""


@dataclass(frozen=True)
class HasRoom(Check):
    """Refuse to start what would fill the disk half-way."""

    host: str
    path: str
    mebibytes: int

    title = "Look for free space"

    def do(self, world: World) -> Json:
        return require(world, self.host, self.path, self.mebibytes * MEBIBYTE)


@dataclass(frozen=True)
class HasRoomFor(Check):
    """The same for a second copy of a site's files, or for an archive of all of it.

    The archive is reckoned as large as what goes into it: pictures do not shrink.
    """

    host: str
    path: str
    site: SiteRef
    database: bool = True
    """Whether the database's size counts as well."""

    title = "Look for free space"

    def do(self, world: World) -> Json:
        needed = world.host(self.host).tree_size(self.site.path).bytes
        if self.database:
            ref = self.site.database
            needed += ref.driver(world).size(ref.database)
        return require(world, self.host, self.path, needed + SPARE)


@dataclass(frozen=True)
class HasRoomToUnpack(Check):
    """The same for what an archive, or a plain pair, holds: it has been looked through by now."""

    host: str
    path: str

    title = "Look for free space"

    def do(self, world: World) -> Json:
        checked = cast(dict[str, Any], world.found.get("CheckArchive") or world.found["CheckPair"])
        return require(world, self.host, self.path, int(checked["unpacked"]) + SPARE)


@dataclass(frozen=True)
class MeasureRoom(Check):
    """How much room there is, for whoever looks after the server: having little of it is no failure yet."""

    host: str
    places: tuple[tuple[str, tuple[str, ...]], ...]
    """What lies in which folders; of several the one with the least room counts."""

    title = "Measure free space"

    def do(self, world: World) -> Json:
        host = world.host(self.host)
        found: dict[str, Json] = {}
        for what, paths in self.places:
            path = min(paths, key=host.free_bytes)
            free, size = host.free_bytes(path), host.disk_bytes(path)
            found[what] = {"path": path, "free": free, "size": size, "at": int(time.time())}
            world.log.line(f"{path} has {free // MEBIBYTE} of {size // MEBIBYTE} MiB free.")
        return {"room": found}


def require(world: World, host: str, path: str, needed: int) -> Json:
    """Broken unless the file system that holds ``path`` has ``needed`` bytes free."""
    free = world.host(host).free_bytes(path)
    if free < needed:
        raise Broken(
            f"{path} has {free // MEBIBYTE} MiB free and this needs {needed // MEBIBYTE} MiB: "
            "make room and retry the task."
        )
    return {"free_mebibytes": free // MEBIBYTE}
