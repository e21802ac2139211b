"""Bringing an earlier copy of a tree up to date, with little more than a look at each file."""

from __future__ import annotations

import os
import stat

from aegir.drivers.host.tree import READ, Copying, copy_attributes, enter, listed, opened, reading, remove

COPIED = (stat.S_IFREG, stat.S_IFDIR, stat.S_IFLNK)


class Refreshing(Copying):
    """What is left out is neither copied nor removed, on whichever side it is."""

    def refresh(self, source: int, target: int, below: str = "") -> None:
        """Make one directory equal to another; its own attributes last."""
        self._remove_gone(source, target, below)
        for entry in listed(source):
            path = f"{below}/{entry.name}"
            directory = entry.is_dir(follow_symlinks=False)
            if self.excluded(path[1:], directory):
                continue
            with self.turn(entry.name, target, path):
                there = _seen(entry.name, target)
                if directory and there is not None:
                    self._refresh_directory(entry.name, source, target, path)
                elif there is None or not _equal(entry, there, source, target):
                    self._replace(entry, there, source, target, path)
        copy_attributes(os.fstat(source), target)

    def _remove_gone(self, source: int, target: int, below: str) -> None:
        """Remove what the source has not, or has as a thing of another kind."""
        with os.scandir(target) as entries:
            for entry in entries:
                path = f"{below}/{entry.name}"
                if self.excluded(path[1:], entry.is_dir(follow_symlinks=False)):
                    continue
                seen = _seen(entry.name, source)
                if seen is None or not _same_kind(entry, seen):
                    remove(entry.name, target, self.destination + path)

    def _refresh_directory(self, name: str, source: int, target: int, path: str) -> None:
        with opened(name, source, os.O_DIRECTORY) as inside:
            writing = enter(name, target)
            try:
                self.refresh(inside, writing, path)
            finally:
                os.close(writing)

    def _replace(
        self, entry: os.DirEntry[str], there: os.stat_result | None, source: int, target: int, path: str
    ) -> None:
        if there is not None:
            if _mended(entry, there, target):
                return
            os.unlink(entry.name, dir_fd=target)
        self.put(entry, source, target, path)


def _seen(name: str, directory: int) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=directory, follow_symlinks=False)
    except FileNotFoundError:
        return None


def _same_kind(entry: os.DirEntry[str], seen: os.stat_result) -> bool:
    kind = stat.S_IFMT(seen.st_mode)
    return kind in COPIED and kind == stat.S_IFMT(entry.stat(follow_symlinks=False).st_mode)


def _equal(entry: os.DirEntry[str], there: os.stat_result, source: int, target: int) -> bool:
    with reading():
        seen = entry.stat(follow_symlinks=False)
    if _content(seen) != _content(there) or _attributes(seen) != _attributes(there):
        return False
    if not entry.is_symlink():
        return True
    with reading():
        leads_to = os.readlink(entry.name, dir_fd=source)
    return leads_to == os.readlink(entry.name, dir_fd=target)


def _mended(entry: os.DirEntry[str], there: os.stat_result, target: int) -> bool:
    """Whether it was enough to correct the mode and owner of a file that has the right content."""
    seen = entry.stat(follow_symlinks=False)
    # A second name may have been planted, so that what changes here also changes elsewhere.
    if not stat.S_ISREG(there.st_mode) or there.st_nlink != 1 or _content(seen) != _content(there):
        return False
    try:
        file = os.open(entry.name, READ, dir_fd=target)
    except PermissionError:
        return False
    try:
        if not os.path.samestat(os.fstat(file), there):
            return False
        copy_attributes(seen, file)
        return True
    finally:
        os.close(file)


def _content(seen: os.stat_result) -> tuple[int, int]:
    return seen.st_size, seen.st_mtime_ns


def _attributes(seen: os.stat_result) -> tuple[int, ...]:
    owner = (seen.st_uid, seen.st_gid) if os.geteuid() == 0 else ()
    return seen.st_mode, *owner
