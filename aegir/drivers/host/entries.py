"""A file system in memory: entries by path, links resolved as the local host resolves them."""

from __future__ import annotations

import errno
import os
import posixpath
from collections.abc import Callable, Set
from dataclasses import dataclass, field, replace

from aegir.drivers.host import Kind
from aegir.drivers.host.identity import no_account
from aegir.drivers.host.paths import absolute, check_link, parts


@dataclass(frozen=True)
class Entry:
    """One thing in the file system. Two are equal whenever they were made."""

    kind: Kind
    mode: int
    owner: str
    group: str
    content: bytes = b""
    target: str | None = None
    mtime_ns: int = field(default=0, compare=False)


class Entries(dict[str, Entry]):
    """By real path: no key leads through a link. Methods raise OSError as the real system would."""

    def __init__(self, user: str, users: Set[str]) -> None:
        super().__init__({"/": Entry("directory", 0o755, user, user)})
        self._user = user
        self._users = users
        self._clock = 0

    def walk(self, path: str) -> str:
        """Where ``path`` leads, every link followed. Raises OSError as the real system does."""
        at, todo, links = "/", parts(path), 0
        while todo:
            if self.entry(at).kind != "directory":
                raise error(errno.ENOTDIR)
            there = posixpath.normpath(posixpath.join(at, todo.pop()))
            entry = self.entry(there)
            if entry.target is None:
                at = there
                continue
            links += 1
            check_link(path, entry.owner, self._user, links)
            todo += parts(entry.target)
            at = "/" if entry.target.startswith("/") else at
        return at

    def place(self, path: str) -> str:
        """Where the thing of that name is or would be; only links on the way are followed."""
        if absolute(path) == "/":
            return path
        directory = self.walk(posixpath.dirname(path))
        if self.entry(directory).kind != "directory":
            raise error(errno.ENOTDIR)
        return posixpath.join(directory, posixpath.basename(path))

    def entry(self, place: str) -> Entry:
        try:
            return self[place]
        except KeyError:
            raise error(errno.ENOENT) from None

    def kind(self, place: str) -> Kind | None:
        return self[place].kind if place in self else None

    def below(self, place: str) -> list[str]:
        """Everything in a directory at any depth, parents first."""
        start = place.rstrip("/") + "/"
        return sorted(inner for inner in self if inner.startswith(start) and inner != place)

    def chosen(self, place: str, excluded: Callable[[str, bool], bool]) -> dict[str, Entry]:
        """A directory («») and everything in it («/a/b») that is not left out, parents first."""
        found = {"": self.entry(place)}
        for inner in self.below(place):
            path, entry = inner.removeprefix(place), self[inner]
            if posixpath.dirname(path).rstrip("/") in found and not excluded(
                path[1:], entry.kind == "directory"
            ):
                found[path] = entry
        return found

    def names(self, place: str) -> list[str]:
        """What lies directly in a directory, sorted."""
        if self.entry(place).kind != "directory":
            raise error(errno.ENOTDIR)
        inside = (path for path in self.below(place) if posixpath.dirname(path) == place)
        return [posixpath.basename(path) for path in inside]

    def put(self, place: str, entry: Entry) -> None:
        self._clock += 1
        self[place] = replace(entry, mtime_ns=self._clock)

    def given(
        self, kind: Kind, mode: int, owner: str | None, group: str | None, content: bytes = b""
    ) -> Entry:
        self._check_giving(owner, group)
        return Entry(kind, mode, owner or self._user, group or self._user, content)

    def change(self, place: str, mode: int | None, owner: str | None, group: str | None) -> None:
        entry = self.entry(place)
        self._check_giving(owner, group)
        mode = entry.mode if mode is None or entry.kind == "link" else mode
        self[place] = replace(entry, mode=mode, owner=owner or entry.owner, group=group or entry.group)

    def _check_giving(self, owner: str | None, group: str | None) -> None:
        for name in (owner, group):
            if name is not None and name not in self._users:
                raise no_account(name)
            if name not in (None, self._user) and self._user != "root":
                raise error(errno.EPERM)


def error(number: int) -> OSError:
    """The subclass of OSError that the real system would raise."""
    return OSError(number, os.strerror(number))
