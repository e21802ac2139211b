"""Files and directories: whole files that Aegir owns, and directories as they should be."""

from __future__ import annotations

import hashlib
from abc import abstractmethod
from dataclasses import dataclass
from pathlib import PurePosixPath

from aegir.drivers.host import Host, Stat
from aegir.engine.step import Json, Step
from aegir.errors import Broken
from aegir.steps.world import World


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
        assert isinstance(before, dict)
        drop_kept(world, world.host(self.host), self.target(), before["present"])

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


def kept_path(world: World, path: str, digest: str) -> str:
    """Where a task keeps an old copy of a file: outside every document root, never guessable as PHP. Named
    after its content too, since a task may write one file several times."""
    return f"{world.kept}/{world.task}-{hashlib.sha256(path.encode()).hexdigest()[:20]}-{digest[:16]}"


def keep(world: World, host: Host, path: str) -> None:
    """Keep the file at ``path`` for undo, unless an earlier try already did."""
    content = host.read(path)
    if content is None:
        return
    kept = kept_path(world, path, hashlib.sha256(content).hexdigest())
    if host.stat(kept) is None:
        host.write(kept, content, mode=0o600)


def kept_content(world: World, host: Host, path: str, before: Json) -> bytes | None:
    """The old content, as ``present`` saw it ``before`` and ``keep`` kept it; None when there was none.

    Broken when it should be there and is not.
    """
    if not isinstance(before, dict):
        return None
    content = host.read(kept_path(world, path, str(before["sha256"])))
    if content is None:
        raise Broken(f"The old copy of {path} is gone: verify what it belongs to.")
    return content


def drop_kept(world: World, host: Host, path: str, before: Json) -> None:
    """Nobody will ask for that old copy again."""
    if isinstance(before, dict):
        host.remove(kept_path(world, path, str(before["sha256"])))


def put_back(world: World, host: Host, path: str, before: Json) -> None:
    """Make ``path`` what ``present`` saw before; whatever is there already is left alone."""
    if before == present(host, path):
        drop_kept(world, host, path, before)
        return
    content = kept_content(world, host, path, before)
    if content is None or not isinstance(before, dict):
        host.remove(path)
        return
    # Ownership can only be given back by root; anyone else never changed it.
    owner, group = (str(before["owner"]), str(before["group"])) if host.is_root else (None, None)
    host.write(path, content, mode=int(str(before["mode"])), owner=owner, group=group)
    drop_kept(world, host, path, before)


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
