"""A machine that exists only in memory: the test double for steps, operations and the engine.

It keeps the whole contract of ``Host`` (the same suite runs on it and on the real one), has programs where a
test registers them in ``commands``, can be compared as a whole by ``snapshot()``, and fails where ``faults``
says so.
"""

from __future__ import annotations

import errno
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from types import MappingProxyType

from aegir.drivers.host import Stat, TreeSize
from aegir.drivers.host.entries import Entry, error
from aegir.drivers.host.faults import counted
from aegir.drivers.host.memory_programs import Call, Programs, Reply
from aegir.drivers.host.paths import absolute, explaining, held_too_long, printable
from aegir.drivers.host.patterns import excluder
from aegir.errors import Broken

__all__ = ["Call", "Driver", "Reply"]


class Driver(Programs):
    """See ``Host`` for what each method promises."""

    def __init__(
        self,
        name: str = "memory",
        *,
        user: str = "root",
        users: Sequence[str] = ("root", "aegir", "www-data"),
        room: int = 1 << 40,
    ) -> None:
        """``user`` is whom everything runs as, ``room`` how many bytes the file system holds."""
        super().__init__(user, users)
        self.name = name
        self.room = room
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def snapshot(self) -> Mapping[str, Entry]:
        """All that is there now, by path; never changes, and equals another where nothing differs."""
        return MappingProxyType(dict(self._files))

    def stat(self, path: str) -> Stat | None:
        with explaining("look at", path):
            try:
                entry = self._files.entry(self._files.place(path))
            except (FileNotFoundError, NotADirectoryError):
                return None
        size = len(entry.content)
        return Stat(entry.kind, entry.mode, entry.owner, entry.group, size, entry.mtime_ns, entry.target)

    def read(self, path: str) -> bytes | None:
        with explaining("read", path):
            try:
                entry = self._files.entry(self._files.walk(absolute(path)))
            except (FileNotFoundError, NotADirectoryError):
                return None
        if entry.kind != "file":
            raise Broken(f"Could not read {printable(path)}: it is not a file.")
        return entry.content

    @counted
    def write(
        self,
        path: str,
        content: bytes,
        *,
        mode: int = 0o644,
        owner: str | None = None,
        group: str | None = None,
    ) -> None:
        with explaining("write", path):
            place = self._files.place(path)
            if self._files.kind(place) == "directory":
                raise error(errno.EISDIR)
            if len(content) > self.free_bytes("/"):
                raise error(errno.ENOSPC)
            self._files.put(place, self._files.given("file", mode, owner, group, content))

    @counted
    def make_directory(
        self, path: str, *, mode: int = 0o755, owner: str | None = None, group: str | None = None
    ) -> None:
        with explaining("make the directory", path):
            place = self._files.place(path)
            if self._files.kind(place) not in (None, "directory"):
                raise error(errno.ENOTDIR)
            if place not in self._files:
                self._files.put(place, self._files.given("directory", mode, None, None))
            self._files.change(place, mode, owner, group)

    @counted
    def set_attributes(
        self, path: str, *, mode: int | None = None, owner: str | None = None, group: str | None = None
    ) -> None:
        with explaining("change", path):
            self._files.change(self._files.place(path), mode, owner, group)

    def list(self, path: str) -> list[str]:
        with explaining("list", path):
            try:
                return self._files.names(self._files.walk(absolute(path)))
            except FileNotFoundError:
                return []

    @counted
    def rename(self, source: str, target: str) -> None:
        with explaining(f"move {printable(source)} to", target):
            old, new = self._files.place(source), self._files.place(target)
            self._files.entry(old)
            if new.startswith(f"{old}/"):
                raise error(errno.EINVAL)
            if self._files.kind(new) == "directory":
                raise error(errno.EISDIR)
            for inner in [old, *self._files.below(old)]:
                self._files[new + inner.removeprefix(old)] = self._files.pop(inner)

    @counted
    def symlink(self, target: str, path: str) -> None:
        with explaining("make the link", path):
            place = self._files.place(path)
            if self._files.kind(place) not in (None, "link"):
                raise error(errno.EEXIST)
            self._files.put(place, replace(self._files.given("link", 0o777, None, None), target=target))

    @counted
    def remove(self, path: str) -> None:
        with explaining("remove", path):
            try:
                place = self._files.place(path)
            except (FileNotFoundError, NotADirectoryError):
                return
            if self._files.kind(place) == "directory":
                raise error(errno.EISDIR)
            self._files.pop(place, None)

    @counted
    def remove_tree(self, path: str) -> None:
        with explaining("remove", path):
            try:
                place = self._files.place(path)
            except (FileNotFoundError, NotADirectoryError):
                return
            for inner in self._halfway([*reversed(self._files.below(place)), place]):
                self._files.pop(inner, None)

    @counted
    def copy_tree(self, source: str, target: str, *, exclude: Sequence[str] = ()) -> None:
        with explaining(f"copy {printable(source)} to", target):
            old, new = self._files.walk(absolute(source)), self._files.place(target)
            if self._files.entry(old).kind != "directory":
                raise error(errno.ENOTDIR)
            if new in self._files:
                raise error(errno.EEXIST)
            if new.startswith(f"{old}/"):
                raise error(errno.EINVAL)
            wanted = self._files.chosen(old, excluder(exclude))
            for inner in self._halfway(list(wanted)):
                self._files[new + inner] = wanted[inner]

    @counted
    def refresh_tree(self, source: str, target: str, *, exclude: Sequence[str] = ()) -> None:
        with explaining(f"copy {printable(source)} to", target):
            old, new = self._files.walk(absolute(source)), self._files.place(target)
            for place in (old, new):
                if self._files.entry(place).kind != "directory":
                    raise error(errno.ENOTDIR)
            if f"{new}/".startswith(f"{old}/") or old.startswith(f"{new}/"):
                raise error(errno.EINVAL)
            wanted = self._files.chosen(old, excluder(exclude))
            there = self._files.chosen(new, excluder(exclude))
            gone = {
                inner
                for name in there
                if name not in wanted or wanted[name].kind != there[name].kind
                for inner in [new + name, *self._files.below(new + name)]
            }
            for change in self._halfway([*gone, *wanted]):
                if change in gone:
                    self._files.pop(change, None)
                else:
                    self._files[new + change] = wanted[change]

    def tree_size(self, path: str) -> TreeSize:
        with explaining("measure", path):
            try:
                place = self._files.place(path)
            except (FileNotFoundError, NotADirectoryError):
                return TreeSize(0, 0)
        inside = [self._files[inner] for inner in [place, *self._files.below(place)] if inner in self._files]
        files = [entry for entry in inside if entry.kind != "directory"]
        return TreeSize(sum(len(entry.content) for entry in files), len(files))

    def free_bytes(self, path: str) -> int:
        absolute(path)
        return self.room - sum(len(entry.content) for entry in self._files.values())

    def disk_bytes(self, path: str) -> int:
        absolute(path)
        return self.room

    @contextmanager
    def lock(self, path: str, *, timeout: float = 120.0) -> Iterator[None]:
        with explaining("lock", path):
            place = self._files.place(path)
            self._files.setdefault(place, self._files.given("file", 0o600, None, None))
        if not self._locks[place].acquire(timeout=timeout):
            raise held_too_long(path, timeout)
        try:
            yield
        finally:
            self._locks[place].release()
