"""Members of a zip, told as those of a tar are, so that the same guard judges them."""

from __future__ import annotations

import os
import stat
import struct
import time
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO, BinaryIO

from aegir.drivers.archive.members import PIECE, Damaged, Kind, Member

START = b"PK\x03\x04"
END = b"PK\x05\x06"
LARGEST_INDEX = 256 << 20
"""Bytes of the list of members, which is read as a whole."""
LONGEST_LINK = 4096
KINDS: dict[int, Kind] = {stat.S_IFLNK: "link", stat.S_IFDIR: "directory", stat.S_IFREG: "file",
                          stat.S_IFIFO: "pipe", stat.S_IFBLK: "device", stat.S_IFCHR: "device"}  # fmt: skip
UNIX = 3


class ZipMembers:
    """The members of a zip in turn, each with its content. Raises Damaged for what is wrong."""

    def __init__(self, file: BinaryIO, limit: int) -> None:
        """``limit`` is how many bytes they may unpack to."""
        _check_index(file)
        try:
            self._zip = zipfile.ZipFile(file)
        except (zipfile.BadZipFile, ValueError, NotImplementedError, UnicodeDecodeError, struct.error):
            raise Damaged("is truncated or damaged: its list of members cannot be read") from None
        self._limit = limit
        self._content: IO[bytes] | None = None

    def __iter__(self) -> Iterator[Member]:
        for info in self._zip.infolist():
            if info.flag_bits & 1:
                raise Damaged("is encrypted: unpack it and make one that is not")
            member = self._member(info)
            self._content = self._opened(info) if member.kind == "file" else None
            yield member

    def pieces(self) -> Iterator[bytes]:
        """The present member's content."""
        if self._content is None:
            return
        with self._content as content:
            while data := self._read(content, PIECE):
                yield data

    def _member(self, info: zipfile.ZipInfo) -> Member:
        mode = info.external_attr >> 16 if info.create_system == UNIX else 0
        kind = "directory" if info.is_dir() else KINDS.get(stat.S_IFMT(mode) or stat.S_IFREG)
        if kind is None:
            kind = "thing unknown to Aegir"
        target = ""
        if kind == "link":
            with self._opened(info) as content:
                target = os.fsdecode(self._read(content, LONGEST_LINK))
        return Member(info.filename, kind, info.file_size, stat.S_IMODE(mode), _time(info), target, b"")

    def _opened(self, info: zipfile.ZipInfo) -> IO[bytes]:
        try:
            return self._zip.open(info)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, struct.error, EOFError, ValueError):
            raise Damaged("is damaged, or compressed in a way that Aegir cannot read") from None

    def _read(self, content: IO[bytes], size: int) -> bytes:
        try:
            data = content.read(size)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError):
            raise Damaged("is truncated or damaged: a member cannot be read") from None
        self._limit -= len(data)
        if self._limit < 0:
            raise Damaged("holds more than may be unpacked here")
        return data


def _check_index(file: BinaryIO) -> None:
    """Raise Damaged for a list of members that would not fit into memory."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - (1 << 16) - 22))
    tail = file.read()
    at = tail.rfind(END)
    if at < 0 or len(tail) - at < 22:
        raise Damaged("is truncated: its end is missing")
    (index,) = struct.unpack_from("<I", tail, at + 12)
    if index != 0xFFFFFFFF and index > LARGEST_INDEX:
        raise Damaged("holds more members than may be unpacked here")
    file.seek(0)


def _time(info: zipfile.ZipInfo) -> int:
    try:
        return int(time.mktime((*info.date_time, 0, 0, -1)))
    except (ValueError, OverflowError):
        return 0
