"""Whole trees, removed and copied by descriptor: no name is looked up twice, no link is followed.

A site goes on being served while its tree is read, so what was listed may be gone by the time its turn comes.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from aegir.drivers.host.paths import explaining, printable
from aegir.errors import Broken

GIB = 1 << 30
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
ROUNDS = 20
"""How often to begin anew when someone keeps putting files into the tree that is being removed."""


class Gone(FileNotFoundError):
    """What is missing is on the side that is read; what is missing on the other side is an error."""


def remove(name: str, above: int, path: str) -> None:
    """Remove ``name`` in the directory ``above``; ``path`` is for messages. Nothing there is fine."""
    with explaining("remove", path):
        try:
            os.unlink(name, dir_fd=above)
        except FileNotFoundError:
            return
        except IsADirectoryError:
            _remove_directory(name, above, path)


def _remove_directory(name: str, above: int, path: str) -> None:
    top = enter(name, above)
    try:
        for _ in range(ROUNDS):
            while children := _directories_after_unlinking(top):
                for child in children:
                    _flatten(child, top)
            try:
                os.rmdir(name, dir_fd=above)
                return
            except OSError:
                if not os.listdir(top):
                    raise
    finally:
        os.close(top)
    raise Broken(f"Could not remove {printable(path)}: files keep appearing in it; stop what writes there.")


def _flatten(child: str, top: int) -> None:
    """Remove a directory in ``top`` after moving its own directories up into ``top``.

    Instead of descending, so that a tree of any depth needs two descriptors and no recursion.
    """
    inside = enter(child, top)
    try:
        for grandchild in _directories_after_unlinking(inside):
            # Moving a directory rewrites its «..», which needs leave to write in it.
            os.close(enter(grandchild, inside))
            os.rename(grandchild, f".{secrets.token_hex(16)}", src_dir_fd=inside, dst_dir_fd=top)
    finally:
        os.close(inside)
    os.rmdir(child, dir_fd=top)


def _directories_after_unlinking(directory: int) -> list[str]:
    directories = []
    with os.scandir(directory) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                directories.append(entry.name)
            else:
                os.unlink(entry.name, dir_fd=directory)
    return directories


def enter(name: str, above: int) -> int:
    """A directory opened for reading, its mode widened first where that is in the way."""
    there = os.open(name, os.O_PATH | os.O_NOFOLLOW | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=above)
    try:
        seen = os.fstat(there)
        if seen.st_mode & 0o700 != 0o700 and seen.st_uid == os.geteuid():
            os.chmod(f"/proc/self/fd/{there}", 0o700)
        return os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=there)
    finally:
        os.close(there)


def measure(name: str, above: int) -> tuple[int, int]:
    """Bytes and files in ``name`` in the directory ``above``; links count as files without bytes."""
    with reading():
        seen = os.stat(name, dir_fd=above, follow_symlinks=False)
        if not stat.S_ISDIR(seen.st_mode):
            return (seen.st_size if stat.S_ISREG(seen.st_mode) else 0), 1
        inside = os.open(name, READ | os.O_DIRECTORY, dir_fd=above)
    try:
        size = count = 0
        for entry in listed(inside):
            with suppress(Gone):
                more, files = measure(entry.name, inside)
                size, count = size + more, count + files
        return size, count
    finally:
        os.close(inside)


@contextmanager
def reading() -> Iterator[None]:
    """Around what touches only the side that is read: what is not there, Gone."""
    try:
        yield
    except FileNotFoundError as error:
        raise Gone(*error.args) from error


def listed(directory: int) -> Iterator[os.DirEntry[str]]:
    """What is in a directory that is read. Raises Gone when it was removed by the end."""
    with os.scandir(directory) as entries:
        yield from entries
    # To whoever reads it on, a removed directory just looks empty.
    if os.fstat(directory).st_nlink == 0:
        raise Gone(errno.ENOENT, os.strerror(errno.ENOENT))


@dataclass(frozen=True)
class Copying:
    """One tree on its way from ``origin`` to ``destination``; both are for messages alone."""

    origin: str
    destination: str
    excluded: Callable[[str, bool], bool]

    def copy(self, source: int, target: int, below: str = "") -> None:
        """Copy what is in one directory into another, which is empty; the target's own attributes last.

        Owners are kept where this process may give files away. Sockets, pipes and devices are left out.
        """
        for entry in listed(source):
            path = f"{below}/{entry.name}"
            if self.excluded(path[1:], entry.is_dir(follow_symlinks=False)):
                continue
            with self.turn(entry.name, target, path):
                self.put(entry, source, target, path)
        copy_attributes(os.fstat(source), target)

    @contextmanager
    def turn(self, name: str, target: int, path: str) -> Iterator[None]:
        """Around the copying of one thing, which leaves nothing in the target when that thing is gone."""
        with explaining(f"copy {printable(self.origin + path)} to", self.destination + path):
            try:
                yield
            except Gone:
                remove(name, target, self.destination + path)

    def put(self, entry: os.DirEntry[str], source: int, target: int, path: str) -> None:
        """Copy one thing, whose name is free in the target."""
        if entry.is_symlink():
            _copy_link(entry.name, source, target)
        elif entry.is_dir(follow_symlinks=False):
            self._copy_directory(entry.name, source, target, path)
        elif entry.is_file(follow_symlinks=False):
            _copy_file(entry.name, source, target)

    def _copy_directory(self, name: str, source: int, target: int, path: str) -> None:
        with opened(name, source, os.O_DIRECTORY) as inside:
            os.mkdir(name, 0o700, dir_fd=target)
            writing = os.open(name, READ | os.O_DIRECTORY, dir_fd=target)
            try:
                self.copy(inside, writing, path)
            finally:
                os.close(writing)


@contextmanager
def opened(name: str, above: int, flags: int = 0) -> Iterator[int]:
    """What is read, opened; Gone where it is not there."""
    with reading():
        there = os.open(name, READ | flags, dir_fd=above)
    try:
        yield there
    finally:
        os.close(there)


def _copy_link(name: str, source: int, target: int) -> None:
    with reading():
        seen = os.stat(name, dir_fd=source, follow_symlinks=False)
        leads_to = os.readlink(name, dir_fd=source)
    os.symlink(leads_to, name, dir_fd=target)
    if os.geteuid() == 0:
        os.chown(name, seen.st_uid, seen.st_gid, dir_fd=target, follow_symlinks=False)
    times = (seen.st_atime_ns, seen.st_mtime_ns)
    os.utime(name, ns=times, dir_fd=target, follow_symlinks=False)


def _copy_file(name: str, source: int, target: int) -> None:
    with opened(name, source) as there:
        seen = os.fstat(there)
        if not stat.S_ISREG(seen.st_mode):
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        writing = os.open(name, flags, 0o600, dir_fd=target)
        try:
            _copy_content(there, writing)
            copy_attributes(seen, writing)
        finally:
            os.close(writing)


def _copy_content(there: int, writing: int) -> None:
    try:
        # The kernel shares the blocks where the file system can (btrfs, xfs), and copies elsewhere.
        while os.copy_file_range(there, writing, GIB):
            continue
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        while os.sendfile(writing, there, None, GIB):
            continue


def copy_attributes(seen: os.stat_result, target: int) -> None:
    """Give an open file or directory the owner, mode and times that were seen elsewhere."""
    if os.geteuid() == 0:
        os.fchown(target, seen.st_uid, seen.st_gid)
    os.fchmod(target, stat.S_IMODE(seen.st_mode))
    os.utime(target, ns=(seen.st_atime_ns, seen.st_mtime_ns))
