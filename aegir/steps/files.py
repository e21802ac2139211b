"""Files and directories: whole files that Aegir owns, trees that are made, parked or removed."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from dataclasses import dataclass
from pathlib import PurePosixPath

from aegir.drivers.host import Host, Stat
from aegir.engine.step import Check, Json, Step
from aegir.errors import Broken
from aegir.steps.world import World

MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class OwnedFile(Step):
    """A file that is Aegir's alone: rendered whole, compared, replaced, its old copy kept for undo."""

    host: str

    @abstractmethod
    def target(self) -> str:
        """The file's absolute path."""

    @abstractmethod
    def text(self, world: World) -> str:
        """What it should say; may hold secrets, so it is never journalled."""

    @abstractmethod
    def attributes(self) -> tuple[int, str | None, str | None]:
        """Mode, owner and group; None where this process may not choose."""

    def look(self, world: World) -> Json:
        host = world.host(self.host)
        wanted = hashlib.sha256(self.text(world).encode()).hexdigest()
        return {"wanted": wanted, "present": present(host, self.target())}

    def done(self, seen: Json) -> bool:
        assert isinstance(seen, dict)
        found = seen["present"]
        if not isinstance(found, dict):
            return False
        mode, owner, group = self.attributes()
        return (
            found["sha256"] == seen["wanted"]
            and found["mode"] == mode
            and owner in (None, found["owner"])
            and group in (None, found["group"])
        )

    def do(self, world: World) -> Json:
        host = world.host(self.host)
        keep(world, host, self.target())
        mode, owner, group = self.attributes()
        host.write(self.target(), self.text(world).encode(), mode=mode, owner=owner, group=group)
        return None

    def undo(self, world: World, before: Json) -> None:
        assert isinstance(before, dict)
        put_back(world, world.host(self.host), self.target(), before["present"])

    def forget(self, world: World, before: Json) -> None:
        world.host(self.host).remove(kept_path(world, self.target()))

    def summary(self) -> str:
        return f"{self.title}: {PurePosixPath(self.target()).name}"


def present(host: Host, path: str) -> Json:
    """What undo must know of the file at ``path``: digest and attributes, None when there is none."""
    found = host.stat(path)
    if found is None:
        return None
    if found.kind != "file":
        raise Broken(f"{path} is a {found.kind}, not a file: move it out of the way.")
    content = host.read(path) or b""
    return {
        "sha256": hashlib.sha256(content).hexdigest(),
        "mode": found.mode,
        "owner": found.owner,
        "group": found.group,
    }


def kept_path(world: World, path: str) -> str:
    """Where a task keeps the old copy of a file: outside every document root, never guessable as PHP."""
    return f"{world.kept}/{world.task}-{hashlib.sha256(path.encode()).hexdigest()[:20]}"


def keep(world: World, host: Host, path: str) -> None:
    """Keep the file at ``path`` for undo, unless an earlier try already did."""
    kept = kept_path(world, path)
    content = host.read(path)
    if content is not None and host.stat(kept) is None:
        host.write(kept, content, mode=0o600)


def kept_text(world: World, host: Host, path: str) -> str | None:
    """The old text that ``keep`` kept; None when there was none."""
    content = host.read(kept_path(world, path))
    return None if content is None else content.decode()


def put_back(world: World, host: Host, path: str, before: Json) -> None:
    """Make ``path`` what ``present`` saw before; whatever is there already is left alone."""
    if before == present(host, path):
        host.remove(kept_path(world, path))
        return
    if not isinstance(before, dict):
        host.remove(path)
        return
    content = host.read(kept_path(world, path))
    if content is None:
        raise Broken(f"The old copy of {path} is gone: restore that file from a backup.")
    # Ownership can only be given back by root; anyone else never changed it.
    owner, group = (str(before["owner"]), str(before["group"])) if host.is_root else (None, None)
    host.write(path, content, mode=int(str(before["mode"])), owner=owner, group=group)
    host.remove(kept_path(world, path))


@dataclass(frozen=True)
class Directory:
    """One directory as it should be; owner and group None where this process may not choose."""

    path: str
    mode: int
    owner: str | None = None
    group: str | None = None

    def matches(self, found: Stat | None) -> bool:
        return (
            found is not None
            and found.kind == "directory"
            and found.mode == self.mode
            and self.owner in (None, found.owner)
            and self.group in (None, found.group)
        )


@dataclass(frozen=True)
class MakeDirectories(Step):
    """Make directories that are missing and mend the mode and owner of those that are not."""

    host: str
    directories: tuple[Directory, ...]
    """Parents before children."""

    title = "Make directories"

    def look(self, world: World) -> Json:
        host = world.host(self.host)
        return {
            "there": {item.path: self._seen(host.stat(item.path)) for item in self.directories},
            "right": all(item.matches(host.stat(item.path)) for item in self.directories),
        }

    @staticmethod
    def _seen(found: Stat | None) -> Json:
        return None if found is None else {"mode": found.mode, "owner": found.owner, "group": found.group}

    def done(self, seen: Json) -> bool:
        return isinstance(seen, dict) and seen["right"] is True

    def do(self, world: World) -> Json:
        host = world.host(self.host)
        for item in self.directories:
            if not item.matches(host.stat(item.path)):
                host.make_directory(item.path, mode=item.mode, owner=item.owner, group=item.group)
        return None

    def undo(self, world: World, before: Json) -> None:
        assert isinstance(before, dict)
        there = before["there"]
        assert isinstance(there, dict)
        host = world.host(self.host)
        for item in reversed(self.directories):
            old = there[item.path]
            if old is None:
                host.remove_tree(item.path)
            elif isinstance(old, dict) and host.stat(item.path) is not None:
                owner, group = (str(old["owner"]), str(old["group"])) if host.is_root else (None, None)
                host.set_attributes(item.path, mode=int(str(old["mode"])), owner=owner, group=group)

    def summary(self) -> str:
        return f"{self.title}: {self.directories[0].path}"


@dataclass(frozen=True)
class ParkTree(Step):
    """Move a tree aside within its parent, so that removing it can be undone until the commit."""

    host: str
    path: str
    task: int

    title = "Set aside"

    @property
    def parked(self) -> str:
        return parked_path(self.path, self.task)

    def look(self, world: World) -> Json:
        host = world.host(self.host)
        return {"there": host.stat(self.path) is not None, "parked": host.stat(self.parked) is not None}

    def done(self, seen: Json) -> bool:
        return isinstance(seen, dict) and not seen["there"]

    def do(self, world: World) -> Json:
        world.host(self.host).rename(self.path, self.parked)
        return None

    def undo(self, world: World, before: Json) -> None:
        host = world.host(self.host)
        if host.stat(self.parked) is not None and host.stat(self.path) is None:
            host.rename(self.parked, self.path)

    def summary(self) -> str:
        return f"{self.title}: {self.path}"


@dataclass(frozen=True)
class RemoveParked(Step):
    """Remove for good what ``ParkTree`` set aside. Only after the commit."""

    host: str
    path: str
    task: int

    title = "Remove"

    def look(self, world: World) -> Json:
        return world.host(self.host).stat(parked_path(self.path, self.task)) is not None

    def done(self, seen: Json) -> bool:
        return seen is False

    def do(self, world: World) -> Json:
        world.host(self.host).remove_tree(parked_path(self.path, self.task))
        return None

    def undo(self, world: World, before: Json) -> None:
        raise Broken(f"{self.path} is removed and cannot be brought back.")

    def summary(self) -> str:
        return f"{self.title}: {self.path}"


def parked_path(path: str, task: int) -> str:
    """Hidden, so that web servers deny it, and Drupal does not take it for a site."""
    parent, name = PurePosixPath(path).parent, PurePosixPath(path).name
    return f"{parent}/.{name}.deleted-{task}"


@dataclass(frozen=True)
class HasRoom(Check):
    """Refuse to start what would fill the disk half-way."""

    host: str
    path: str
    mebibytes: int

    title = "Look for free space"

    def do(self, world: World) -> Json:
        free = world.host(self.host).free_bytes(self.path)
        if free < self.mebibytes * MEBIBYTE:
            raise Broken(
                f"{self.path} has {free // MEBIBYTE} MiB free and this needs {self.mebibytes} MiB: "
                "make room and retry the task."
            )
        return {"free_mebibytes": free // MEBIBYTE}
