"""A machine that exists only in memory: the test double for steps, operations and the engine.

It keeps the whole contract of ``Host`` (the same suite runs on it and on the real one), has programs where a
test registers them in ``commands``, can be compared as a whole by ``snapshot()``, and fails where ``faults``
says so.
"""

from __future__ import annotations

import errno
import posixpath
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType

from aegir.drivers.host import Completed, Listener, Stat
from aegir.drivers.host.entries import Entries, Entry, error
from aegir.drivers.host.faults import Breakable, counted
from aegir.drivers.host.identity import no_account
from aegir.drivers.host.paths import absolute, explaining, held_too_long, printable
from aegir.drivers.host.patterns import excluder
from aegir.drivers.host.process import ended_badly, no_program, only_root, spoken, too_slow
from aegir.errors import Broken


@dataclass(frozen=True)
class Call:
    """What a registered program is given."""

    argv: tuple[str, ...]
    stdin: str | None
    env: Mapping[str, str]
    user: str
    cwd: str | None


@dataclass(frozen=True)
class Reply:
    """What a registered program says and how it ends."""

    code: int = 0
    out: str = ""
    err: str = ""
    answers: str = ""


class Driver(Breakable):
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
        super().__init__()
        self.name = name
        self.user = user
        self.is_root = user == "root"
        self.users = {*users, user}
        self.room = room
        self.commands: dict[str, Callable[[Call], Reply]] = {}
        """Programs by their file name; one that raises TimeoutError counts as too slow."""
        self._files = Entries(user, self.users)
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def snapshot(self) -> Mapping[str, Entry]:
        """All that is there now, by path; never changes, and equals another where nothing differs."""
        return MappingProxyType(dict(self._files))

    @counted
    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        cwd: str | None = None,
        timeout: float = 60.0,
        check: bool = True,
        answers: bool = False,
        listener: Listener | None = None,
    ) -> Completed:
        user = user or self.user
        if not self.user_exists(user):
            raise no_account(user)
        if user != self.user and not self.is_root:
            raise only_root(user, self.user)
        if cwd is not None and self._files.kind(absolute(cwd)) != "directory":
            raise Broken(f"Could not run {spoken(argv)}: there is no directory {cwd}.")
        program = self.commands.get(posixpath.basename(argv[0]))
        if program is None:
            raise no_program(argv[0])
        try:
            reply = program(Call(tuple(argv), stdin, dict(env or {}), user, cwd))
        except TimeoutError:
            raise too_slow(argv, timeout) from None
        said = reply.answers if answers else ""
        if listener is not None:
            _tell(listener, reply, said)
        completed = Completed(tuple(argv), reply.code, reply.out, reply.err, said)
        if check and completed.code != 0:
            raise ended_badly(completed)
        return completed

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
        excluded = excluder(exclude)
        with explaining(f"copy {printable(source)} to", target):
            old, new = self._files.walk(absolute(source)), self._files.place(target)
            if self._files.entry(old).kind != "directory":
                raise error(errno.ENOTDIR)
            if new in self._files:
                raise error(errno.EEXIST)
            if new.startswith(f"{old}/"):
                raise error(errno.EINVAL)
            copied = {old: new}
            for inner in self._halfway([old, *self._files.below(old)]):
                entry = self._files[inner]
                left_out = excluded(inner.removeprefix(f"{old}/"), entry.kind == "directory")
                if inner != old and (left_out or posixpath.dirname(inner) not in copied):
                    continue
                copied[inner] = new + inner.removeprefix(old)
                self._files[copied[inner]] = entry

    def free_bytes(self, path: str) -> int:
        absolute(path)
        return self.room - sum(len(entry.content) for entry in self._files.values())

    def user_exists(self, name: str) -> bool:
        return name in self.users

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


def _tell(listener: Listener, reply: Reply, said: str) -> None:
    for line in reply.out.splitlines():
        listener("out", line)
    for line in reply.err.splitlines():
        listener("err", line)
    for line in said.splitlines():
        listener("answer", line)
