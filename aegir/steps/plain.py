"""A site that comes as a plain pair: a dump of its database, and the directory of its files."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import BinaryIO

from aegir.drivers.archive import plain
from aegir.engine.step import Check, Json
from aegir.steps.backup import LoadDatabase, archive_driver
from aegir.steps.trees import BuiltTree
from aegir.steps.world import World


@dataclass(frozen=True)
class CheckPair(Check):
    """Read a dump and an archive of files to their ends before anything is made: whole, and harmless."""

    host: str
    dump: str
    files: str
    """A directory or an archive; "" for none."""

    title = "Check the dump and the files"

    def do(self, world: World) -> Json:
        size = plain.measure(self.dump)
        if self.files:
            host = world.host(self.host)
            found = host.stat(self.files)
            if found is not None and found.kind == "directory":
                size += host.tree_size(self.files).bytes
            else:
                size += archive_driver(world, self.host).inspect(self.files).unpacked
        return {"unpacked": size}

    def summary(self) -> str:
        return f"{self.title}: {PurePosixPath(self.dump).name}"


@dataclass(frozen=True)
class PlaceFiles(BuiltTree):
    """Put a site's files to where the rest of its directory is going to be made."""

    host: str
    files: str
    target: str

    title = "Copy the files"

    def do(self, world: World) -> Json:
        host, target = world.host(self.host), f"{self.target}/files"
        host.make_directory(self.target, mode=0o700)
        found = host.stat(self.files) if self.files else None
        if found is not None and found.kind == "directory":
            host.copy_tree(self.files, target)
        elif self.files:
            host.make_directory(target, mode=0o700)
            archive_driver(world, self.host).extract(self.files, target)
            self._strip(world, target)
        return None

    def _strip(self, world: World, target: str) -> None:
        """People pack the directory itself, too."""
        host, inner = world.host(self.host), f"{target}/files"
        found = host.stat(inner)
        if host.list(target) == ["files"] and found is not None and found.kind == "directory":
            host.rename(inner, f"{self.target}/inner")
            host.remove_tree(target)
            host.rename(f"{self.target}/inner", target)

    def summary(self) -> str:
        return f"{self.title}: {self.files or 'none are given'}"


@dataclass(frozen=True)
class LoadDump(LoadDatabase):
    """Load a plain dump into a new, empty database, with no more rights than the site will have."""

    def member(self, world: World) -> str:
        return str(plain.member(self.archive))

    def dump(self, world: World, member: str) -> AbstractContextManager[BinaryIO]:
        return plain.opened(self.archive)
