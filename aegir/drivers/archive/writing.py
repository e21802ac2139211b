"""One archive on its way to the disk."""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO

from aegir.drivers.archive import LEFT_OUT, MANIFEST, Compression
from aegir.drivers.archive.compression import Packer, stored
from aegir.drivers.archive.guard import Hostile, place
from aegir.drivers.archive.members import END, PIECE, Member, Members, header, padding
from aegir.drivers.host.paths import explaining, parent, sync

UNKNOWN = "0" * 64
"""Stands where a checksum will be."""


@contextmanager
def written_whole(path: str) -> Iterator[BinaryIO]:
    """A new file at ``path``, which is there only once all of it is on the disk."""
    with explaining("write", path), parent(path) as (directory, name):
        beside = f"{name}.part"
        with suppress(FileNotFoundError):
            os.unlink(beside, dir_fd=directory)
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        try:
            with os.fdopen(os.open(beside, flags, 0o600, dir_fd=directory), "w+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            os.rename(beside, name, src_dir_fd=directory, dst_dir_fd=directory)
        except BaseException:  # whatever it was goes up; half an archive must not stay
            with suppress(FileNotFoundError):
                os.unlink(beside, dir_fd=directory)
            raise
        sync(directory)


class Writer:
    """Writes members in the order of the calls; what is known only later goes into gaps left for it."""

    def __init__(self, file: BinaryIO, compression: Compression, manifest: Mapping[str, Any]) -> None:
        self._file = file
        self._compression = compression
        self._manifest = manifest
        self._checksums: dict[str, str] = {}
        self._packer = Packer(file, compression)
        self._now = int(time.time())
        self._beside = 0
        """Bytes of the tar that did not go through the present packer."""
        self.members = 0
        """How many the site's directory gave."""
        self.left_out: list[str] = []

    @property
    def unpacked(self) -> int:
        """Bytes of the tar so far."""
        return self._beside + self._packer.added

    def manifest_and_texts(self, texts: Mapping[str, bytes], database: str) -> None:
        """First of all: room for the manifest, which will name texts and database, and the texts."""
        self._checksums = dict.fromkeys((database, *texts), UNKNOWN)
        self._leave_room(len(self._manifest_member()))
        for name, text in texts.items():
            self._checksums[name] = hashlib.sha256(text).hexdigest()
            self._packer.add(self._header(name, len(text)) + text + padding(len(text)))
        self._next_piece()

    def database(self, name: str, dump: BinaryIO) -> None:
        """A dump, whose size nobody knows before its end."""
        gap = self._leave_room(len(self._header(name, 0)))
        size, digest = 0, hashlib.sha256()
        while piece := dump.read(PIECE):
            size += len(piece)
            digest.update(piece)
            self._packer.add(piece)
        self._packer.add(padding(size))
        self._checksums[name] = digest.hexdigest()
        self._fill(gap, self._header(name, size))

    def tree(self, members: Members, excluded: Callable[[str, bool], bool]) -> None:
        """What a tar of the site's directory holds, but for what is excluded or no archive may hold."""
        out_of = None
        for member in members:
            path = posixpath.normpath(member.name)
            if out_of is not None and path.startswith(out_of):
                continue
            if path != "." and excluded(path, member.kind == "directory"):
                out_of = f"{path}/"
                continue
            if not self._welcome(member):
                continue
            self.members += 1
            self._packer.add(member.raw)
            for piece in members.pieces():
                self._packer.add(piece)
            self._packer.add(padding(member.size))

    def finish(self) -> None:
        self._packer.add(END)
        self._packer.finish()
        self._fill(0, self._manifest_member())

    def _welcome(self, member: Member) -> bool:
        try:
            place(member)
        except Hostile as hostile:
            if len(self.left_out) < LEFT_OUT:
                self.left_out.append(hostile.shown)
            return False
        return True

    def _manifest_member(self) -> bytes:
        manifest = {**self._manifest, "checksums": self._checksums}
        text = (json.dumps(manifest, indent=2, ensure_ascii=False) + "\n").encode()
        return self._header(MANIFEST, len(text)) + text + padding(len(text))

    def _header(self, name: str, size: int) -> bytes:
        return header(f"./{name}", size, mode=0o600, mtime=self._now)

    def _leave_room(self, size: int) -> int:
        """Leave a gap for a stored piece of that many bytes; where it is. Nothing must be half packed."""
        gap = self._file.tell()
        self._file.write(bytes(len(stored(bytes(size), self._compression))))
        self._beside += size
        return gap

    def _fill(self, gap: int, data: bytes) -> None:
        self._file.seek(gap)
        self._file.write(stored(data, self._compression))
        self._file.seek(0, os.SEEK_END)

    def _next_piece(self) -> None:
        self._packer.finish()
        self._beside += self._packer.added
        self._packer = Packer(self._file, self._compression)
