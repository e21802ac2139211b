"""Archives of Aegir itself, and what must hold in its data folder."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, cast

from django.db import connection

from aegir import drivers
from aegir.drivers.archive import UNFINISHED, panel
from aegir.drivers.rows import RowsDriver, name_of
from aegir.engine.step import Check, Json, Level, Step
from aegir.errors import Broken
from aegir.steps.room import MEBIBYTE, require
from aegir.steps.world import World

NAME = re.compile(r"aegir-(\d{8}-\d{6})-\d+\.tar\.zst")
STAMP = "%Y%m%d-%H%M%S"
ROOMY = 1024 * MEBIBYTE
"""What a data folder should have free."""


def own_rows() -> RowsDriver:
    """The driver for the database that this process uses."""
    described = connection.settings_dict
    return cast(RowsDriver, drivers.load("rows", name_of(described))(described))


def archives(world: World, host: str, folder: str) -> list[dict[str, Json]]:
    """The archives in a folder, newest first: their names tell when they were made."""
    found: list[dict[str, Json]] = []
    for name in world.host(host).list(folder):
        match, seen = NAME.fullmatch(name), world.host(host).stat(f"{folder}/{name}")
        if match and seen and seen.kind == "file":
            made = datetime.strptime(match[1], STAMP).replace(tzinfo=UTC).isoformat()
            found.append({"name": name, "size": seen.size, "made_at": made})
    return sorted(found, key=lambda each: str(each["name"]), reverse=True)


@dataclass(frozen=True)
class HasRoomForRows(Check):
    """Refuse to start what would fill the disk half-way: a copy of the rows, and the archive of it."""

    host: str
    path: str

    title = "Look for free space"

    def do(self, world: World) -> Json:
        return require(world, self.host, self.path, 2 * own_rows().size() + 64 * MEBIBYTE)


@dataclass(frozen=True)
class WritePanelBackup(Step):
    """Write Aegir's rows and keys into one archive while everything goes on. It is named once it is whole."""

    host: str
    home: str
    folder: str
    name: str
    manifest: dict[str, Any]

    title = "Write the archive"

    @property
    def aside(self) -> str:
        return f"{self.folder}/.{self.name}"

    def look(self, world: World) -> Json:
        return world.host(self.host).stat(f"{self.folder}/{self.name}") is not None

    def done(self, seen: Json) -> bool:
        return bool(seen)

    def do(self, world: World) -> Json:
        host, rows = world.host(self.host), own_rows()
        host.make_directory(self.folder, mode=0o700)
        host.remove_tree(self.aside)
        host.make_directory(self.aside, mode=0o700)
        copy = f"{self.aside}/{rows.member}"
        rows.copy(copy)
        keys = {name: self._key(world, name) for name in panel.KEYS}
        written = panel.write(f"{self.folder}/{self.name}", rows=copy, keys=keys, manifest=self.manifest)
        host.remove_tree(self.aside)
        world.log.line(f"{self.name}: {written.size:,} bytes for {written.unpacked:,}.")
        found = archives(world, self.host, self.folder)
        return {"size": written.size, "sha256": written.sha256, "archives": cast(Json, found)}

    def undo(self, world: World, before: Json) -> None:
        host = world.host(self.host)
        host.remove_tree(self.aside)
        for name in (self.name, self.name + UNFINISHED):
            host.remove(f"{self.folder}/{name}")

    def summary(self) -> str:
        return f"{self.title} {self.name}"

    def _key(self, world: World, name: str) -> bytes:
        content = world.host(self.host).read(f"{self.home}/{name}")
        if not content:
            raise Broken(f"{self.home}/{name} is gone: bring it back from an older archive.")
        return content


@dataclass(frozen=True)
class DropPanelBackups(Step):
    """Remove the oldest archives beyond a number."""

    host: str
    folder: str
    kept: int
    """How many stay; 0 for all."""

    title = "Remove the oldest archives"

    def look(self, world: World) -> Json:
        found = archives(world, self.host, self.folder)
        return [each["name"] for each in found[self.kept :]] if self.kept else []

    def done(self, seen: Json) -> bool:
        return seen == []

    def do(self, world: World) -> Json:
        for name in cast(list[str], self.look(world)):
            world.host(self.host).remove(f"{self.folder}/{name}")
            world.log.line(f"{name} removed.")
        return None

    def undo(self, world: World, before: Json) -> None:
        raise AssertionError("past the commit nothing is undone")


@dataclass(frozen=True)
class SetModes(Step):
    """Give the keys and folders the modes that they must have, so that only who needs them gets in."""

    host: str
    home: str
    modes: tuple[tuple[str, int], ...]
    """Path below the home, and its mode; what is not there is passed over."""

    title = "Set the modes of keys and folders right"

    def look(self, world: World) -> Json:
        """Those that are wrong, with the modes that they have."""
        found: dict[str, Json] = {}
        for path, mode in self.modes:
            seen = world.host(self.host).stat(f"{self.home}/{path}".rstrip("/"))
            if seen and seen.kind != "link" and seen.mode != mode:
                found[path] = seen.mode
        return found

    def done(self, seen: Json) -> bool:
        return seen == {}

    def do(self, world: World) -> Json:
        wanted, mended = dict(self.modes), cast(dict[str, int], self.look(world))
        for path, mode in mended.items():
            where = f"{self.home}/{path}".rstrip("/")
            world.host(self.host).set_attributes(where, mode=wanted[path])
            said = f"{where} had mode {mode:04o}; it has {wanted[path]:04o} again."
            world.log.line(said, Level.WARNING)
        return cast(Json, sorted(mended))

    def undo(self, world: World, before: Json) -> None:
        for path, mode in cast(dict[str, int], before).items():
            world.host(self.host).set_attributes(f"{self.home}/{path}".rstrip("/"), mode=mode)


def finding(world: World, what: str, faults: list[str], well: str) -> Json:
    """One line of a report; each fault becomes a warning."""
    for fault in faults:
        world.log.line(fault, Level.WARNING)
    if not faults:
        world.log.line(well)
    return {"what": what, "well": not faults, "said": " ".join(faults) or well}


@dataclass(frozen=True)
class CheckRows(Check):
    """Read all of Aegir's rows."""

    title = "Check the database"

    def do(self, world: World) -> Json:
        rows = own_rows()
        return finding(world, "database", rows.faults(), f"{rows.title} found no fault.")


@dataclass(frozen=True)
class CheckSpace(Check):
    """Look whether the disk is about to be full."""

    host: str
    home: str

    title = "Look for free space"

    def do(self, world: World) -> Json:
        free = world.host(self.host).free_bytes(self.home)
        said = f"{self.home} has {free // MEBIBYTE:,} MiB free"
        faults = [f"{said}: make room."] if free < ROOMY else []
        return finding(world, "space", faults, f"{said}.")


@dataclass(frozen=True)
class CheckArchives(Check):
    """Look how old the newest archive of Aegir itself is."""

    host: str
    folder: str
    hours: int
    """How old it may be."""

    title = "Look for the newest archive"

    def do(self, world: World) -> Json:
        found = archives(world, self.host, self.folder)
        faults, well = [], ""
        if not found:
            faults = ["There is no backup of Aegir itself: make one with «aegir panel backup»."]
        else:
            made = datetime.fromisoformat(str(found[0]["made_at"]))
            age = int((datetime.now(UTC) - made).total_seconds() // 3600)
            well = f"The newest backup of Aegir itself is {age} hours old."
            faults = [well] if age >= self.hours else []
        said = cast(dict[str, Json], finding(world, "backup", faults, well))
        return {**said, "archives": cast(Json, found)}
