"""Whole trees, removed and copied by descriptor: no name is looked up twice, no link is followed."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass

from aegir.drivers.host.paths import explaining, printable
from aegir.errors import Broken

GIB = 1 << 30
READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
ROUNDS = 20
"""How often to begin anew when someone keeps putting files into the tree that is being removed."""


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
    seen = os.stat(name, dir_fd=above, follow_symlinks=False)
    if not stat.S_ISDIR(seen.st_mode):
        return (seen.st_size if stat.S_ISREG(seen.st_mode) else 0), 1
    inside = os.open(name, READ | os.O_DIRECTORY, dir_fd=above)
    try:
        size = count = 0
        with os.scandir(inside) as entries:
            for entry in entries:
                more, files = measure(entry.name, inside)
                size, count = size + more, count + files
        return size, count
    finally:
        os.close(inside)


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
        with os.scandir(source) as entries:
            for entry in entries:
                path = f"{below}/{entry.name}"
                directory = entry.is_dir(follow_symlinks=False)
                if self.excluded(path[1:], directory):
                    continue
                with explaining(f"copy {printable(self.origin + path)} to", self.destination + path):
                    self.put(entry, source, target, path)
        copy_attributes(os.fstat(source), target)

    def put(self, entry: os.DirEntry[str], source: int, target: int, path: str) -> None:
        """Copy one thing, whose name is free in the target."""
        if entry.is_symlink():
            _copy_link(entry.name, source, target)
        elif entry.is_dir(follow_symlinks=False):
            self._copy_directory(entry.name, source, target, path)
        elif entry.is_file(follow_symlinks=False):
            _copy_file(entry.name, source, target)

    def _copy_directory(self, name: str, source: int, target: int, path: str) -> None:
        reading = os.open(name, READ | os.O_DIRECTORY, dir_fd=source)
        try:
            os.mkdir(name, 0o700, dir_fd=target)
            writing = os.open(name, READ | os.O_DIRECTORY, dir_fd=target)
            try:
                self.copy(reading, writing, path)
            finally:
                os.close(writing)
        finally:
            os.close(reading)


def _copy_link(name: str, source: int, target: int) -> None:
    seen = os.stat(name, dir_fd=source, follow_symlinks=False)
    os.symlink(os.readlink(name, dir_fd=source), name, dir_fd=target)
    if os.geteuid() == 0:
        os.chown(name, seen.st_uid, seen.st_gid, dir_fd=target, follow_symlinks=False)
    times = (seen.st_atime_ns, seen.st_mtime_ns)
    os.utime(name, ns=times, dir_fd=target, follow_symlinks=False)


def _copy_file(name: str, source: int, target: int) -> None:
    reading = os.open(name, READ, dir_fd=source)
    try:
        seen = os.fstat(reading)
        if not stat.S_ISREG(seen.st_mode):
            return
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        writing = os.open(name, flags, 0o600, dir_fd=target)
        try:
            _copy_content(reading, writing)
            copy_attributes(seen, writing)
        finally:
            os.close(writing)
    finally:
        os.close(reading)


def _copy_content(reading: int, writing: int) -> None:
    try:
        # The kernel shares the blocks where the file system can (btrfs, xfs), and copies elsewhere.
        while os.copy_file_range(reading, writing, GIB):
            continue
    except OSError as error:
        if error.errno not in (errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOSYS):
            raise
        while os.sendfile(writing, reading, None, GIB):
            continue


def copy_attributes(seen: os.stat_result, target: int) -> None:
    """Give an open file or directory the owner, mode and times that were seen elsewhere."""
    if os.geteuid() == 0:
        os.fchown(target, seen.st_uid, seen.st_gid)
    os.fchmod(target, stat.S_IMODE(seen.st_mode))
    os.utime(target, ns=(seen.st_atime_ns, seen.st_mtime_ns))
