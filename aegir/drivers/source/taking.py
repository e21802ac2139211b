"""Taking over what foreign programs made: one's own from then on, by descriptor, and nothing in it that leads
elsewhere or gives anybody powers."""

from __future__ import annotations

import os
import stat
from collections import Counter
from contextlib import suppress

from aegir.drivers.host.identity import UNCHANGED, account
from aegir.drivers.host.paths import explaining, opened, printable
from aegir.errors import Broken

HERE = os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
DEEPEST = 200


def take(path: str, owner: str | None) -> None:
    """Make everything at ``path``, a directory, ``owner``'s (None leaves it), directories 0755, files 0644 or
    0755, without access lists; files that others may write, or that other trees share, have no place in it.

    No program of whoever made it may run any more. Broken, naming it, for what is neither file, directory nor
    link, for a link that leads out, and for a file with a name elsewhere.
    """
    entry = account(owner) if owner is not None else None
    taking = _Taking(path, entry.pw_uid if entry else UNCHANGED, entry.pw_gid if entry else UNCHANGED)
    with explaining("take over", path), opened(path, os.O_RDONLY | os.O_DIRECTORY) as root:
        taking.directory(root, ())
        os.fchmod(root, 0o755)
    taking.check_names()


class _Taking:
    def __init__(self, path: str, uid: int, gid: int) -> None:
        self._path = path
        self._ids = uid, gid
        self._names: Counter[tuple[int, int]] = Counter()
        """How many names of a file with several were met, by device and number."""
        self._shared: dict[tuple[int, int], tuple[int, str]] = {}
        """How many it has, and one of them."""

    def directory(self, there: int, parts: tuple[str, ...]) -> None:
        os.fchown(there, *self._ids)
        _drop_lists(there)
        for name in os.listdir(there):
            place = (*parts, name)
            found = os.stat(name, dir_fd=there, follow_symlinks=False)
            if stat.S_ISLNK(found.st_mode):
                self._link(name, there, place)
            elif stat.S_ISDIR(found.st_mode):
                self._below(name, there, place)
            elif stat.S_ISREG(found.st_mode):
                self._file(name, there, place)
            else:
                raise Broken(f"{self._shown(place)} is neither file nor directory: code has no such things.")

    def check_names(self) -> None:
        """Raise Broken when a file is known elsewhere too."""
        for key, (count, name) in self._shared.items():
            if self._names[key] < count:
                raise Broken(f"{name} is a file that has another name elsewhere: code must be its own.")

    def _below(self, name: str, above: int, parts: tuple[str, ...]) -> None:
        if len(parts) > DEEPEST:
            raise Broken(f"{self._shown(parts)} lies too deep: code has no so many directories.")
        _widen(name, above)
        inside = os.open(name, DIRECTORY, dir_fd=above)
        try:
            self.directory(inside, parts)
            os.fchmod(inside, 0o755)
        finally:
            os.close(inside)

    def _file(self, name: str, above: int, parts: tuple[str, ...]) -> None:
        _widen(name, above)
        file = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=above)
        try:
            found = os.fstat(file)
            key = found.st_dev, found.st_ino
            if found.st_nlink > 1:
                self._names[key] += 1
                self._shared[key] = found.st_nlink, self._shown(parts)
            os.fchown(file, *self._ids)
            _drop_lists(file)
            os.fchmod(file, 0o755 if found.st_mode & 0o100 else 0o644)
        finally:
            os.close(file)

    def _link(self, name: str, above: int, parts: tuple[str, ...]) -> None:
        target = os.readlink(name, dir_fd=above)
        if leads_out(target, len(parts)):
            raise Broken(
                f"{self._shown(parts)} is a link that leads out of the code, to {printable(target)}."
            )
        os.chown(name, *self._ids, dir_fd=above, follow_symlinks=False)

    def _shown(self, parts: tuple[str, ...]) -> str:
        return printable("/".join(parts))


def leads_out(target: str, depth: int) -> bool:
    """Whether a link may lead out of its tree; ``depth`` is how many names its own path has there.

    «..» is taken at the beginning alone: after a name it leads wherever that name, itself a link, leads to.
    """
    parts, upwards = target.split("/"), 0
    while parts and parts[0] in ("..", "."):
        upwards += parts.pop(0) == ".."
    return target.startswith("/") or not target or upwards >= depth or ".." in parts


def _widen(name: str, above: int) -> None:
    """Let its owner read it, where a program took that right from himself and this process is he."""
    there = os.open(name, HERE, dir_fd=above)
    try:
        found = os.fstat(there)
        wanted = 0o700 if stat.S_ISDIR(found.st_mode) else 0o400
        if found.st_mode & wanted != wanted and os.geteuid() in (0, found.st_uid):
            os.chmod(f"/proc/self/fd/{there}", stat.S_IMODE(found.st_mode) | wanted)
    finally:
        os.close(there)


def _drop_lists(there: int) -> None:
    """Access lists outlive a change of the owner."""
    with suppress(OSError):  # file systems without attributes have no lists either
        for name in os.listxattr(there):
            if name.startswith("system.posix_acl_"):
                os.removexattr(there, name)
