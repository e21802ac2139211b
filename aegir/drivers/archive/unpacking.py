"""Unpacking members below a directory, by descriptor: no link is followed, nothing is replaced."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from typing import Protocol

from aegir.drivers.archive.members import Member

DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
EXECUTABLE = 0o100


class Content(Protocol):
    """Where members come from."""

    def pieces(self) -> Iterator[bytes]:
        """The present member's content."""


class Unpacking:
    """Puts members into ``root``; keeps the last one's directory open, since the next often lies there."""

    def __init__(self, root: int) -> None:
        self._root = root
        self._at: tuple[str, ...] = ()
        self._directory = os.dup(root)

    def close(self) -> None:
        os.close(self._directory)

    def put(self, member: Member, parts: tuple[str, ...], members: Content) -> None:
        if member.kind == "directory":
            self._enter(parts)
            return
        self._enter(parts[:-1])
        if member.kind == "link":
            os.symlink(member.target, parts[-1], dir_fd=self._directory)
            return
        file = os.open(parts[-1], NEW, 0o600, dir_fd=self._directory)
        try:
            for piece in members.pieces():
                _write(file, piece)
            os.fchmod(file, 0o644 | member.mode & EXECUTABLE)
            with suppress(OverflowError):
                os.utime(file, (member.mtime, member.mtime))
        finally:
            os.close(file)

    def _enter(self, parts: tuple[str, ...]) -> None:
        """Go to a directory below the root, made where it is not there yet."""
        if parts == self._at:
            return
        at = os.dup(self._root)
        try:
            for part in parts:
                with suppress(FileExistsError):
                    os.mkdir(part, 0o700, dir_fd=at)
                    os.chmod(part, 0o755, dir_fd=at)
                inside = os.open(part, DIRECTORY, dir_fd=at)
                os.close(at)
                at = inside
        except BaseException:  # whatever it was goes up; the descriptor must not stay open
            os.close(at)
            raise
        os.close(self._directory)
        self._at, self._directory = parts, at


def _write(file: int, data: bytes) -> None:
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(file, rest) :]
