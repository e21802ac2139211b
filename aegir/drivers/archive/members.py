"""Members of a tar as a stream, one after the other: read from anybody's, written for our own.

``tarfile`` is not used: it takes any amount of memory for a header that says so, takes a tar cut off between
two members for a whole one, and needs some ten times as long for many small files.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Literal

Kind = Literal[
    "file", "directory", "link", "hard link", "sparse file", "device", "pipe", "thing unknown to Aegir"
]

BLOCK = 512
PIECE = 1024 * 1024
"""The most of a member that is in memory at once."""
LONGEST_HEADER = 1024 * 1024
END = bytes(2 * BLOCK)
KINDS: dict[bytes, Kind] = {
    b"0": "file",
    b"\0": "file",
    b"7": "file",
    b"1": "hard link",
    b"2": "link",
    b"3": "device",
    b"4": "device",
    b"5": "directory",
    b"6": "pipe",
    b"S": "sparse file",
}
UNKNOWN: Kind = "thing unknown to Aegir"
LONG = {b"L": "path", b"K": "linkpath"}
"""GNU's members that hold the next one's name, by what pax calls it."""


class Damaged(Exception):
    """Not a tar, or only part of one; ``str()`` continues the sentence «The archive … »."""


@dataclass(frozen=True, slots=True)
class Member:
    """What a header says of a member."""

    name: str
    """As it stands there; may be anything at all."""
    kind: Kind
    size: int
    mode: int
    mtime: int
    target: str
    raw: bytes
    """The header itself, with those before it that belong to it."""


class Members:
    """The members of a tar that is read from ``stream``, which is read to its end."""

    def __init__(self, stream: BinaryIO, limit: int | None = None) -> None:
        """``limit`` is how many bytes the tar may have."""
        self._stream = stream
        self._limit = limit
        self._left = 0
        """Bytes of the present member's content, padding included, still to be read."""
        self._content = 0
        self.read = 0
        """Bytes of the tar so far."""

    def __iter__(self) -> Iterator[Member]:
        while (header := self._header()) is not None:
            self._content, self._left = header.size, padded(header.size)
            yield header
            self._skip()
        while data := self._stream.read(PIECE):
            self._count(len(data))

    def pieces(self) -> Iterator[bytes]:
        """The present member's content."""
        while self._content:
            data = self._exactly(min(self._content, PIECE))
            self._content -= len(data)
            self._left -= len(data)
            yield data

    def _skip(self) -> None:
        while self._left:
            self._left -= len(self._exactly(min(self._left, PIECE)))

    def _header(self) -> Member | None:
        """The next member that is one to unpack; None at the end of the tar."""
        raw, said = b"", dict[str, str]()
        while True:
            block = self._exactly(BLOCK)
            if not any(block):
                if self.read == BLOCK:
                    raise Damaged("is not an archive: it is empty")
                return None
            size = _checked(block, first=self.read == BLOCK)
            kind = block[156:157]
            if kind not in (b"L", b"K", b"x", b"g"):
                return _member(block, size, said, raw + block)
            if size > LONGEST_HEADER:
                raise Damaged("is damaged or hostile: it has a header of more than 1 MiB")
            content = self._exactly(padded(size))
            raw += block + content
            if kind in LONG:
                said[LONG[kind]] = _text(content[:size].rstrip(b"\0"))
            elif kind == b"x":
                said |= _records(content[:size])

    def _exactly(self, size: int) -> bytes:
        data = self._stream.read(size)
        self._count(len(data))
        if len(data) < size:
            if self.read < BLOCK:
                raise Damaged("is not an archive: it is too short for one")
            raise Damaged("is truncated: its end is missing")
        return data

    def _count(self, size: int) -> None:
        self.read += size
        if self._limit is not None and self.read > self._limit:
            raise Damaged(f"holds more than {self._limit:,} bytes, more than may be unpacked here")


def header(name: str, size: int, *, mode: int, mtime: int) -> bytes:
    """The header of a file, in GNU's format: always one block, whatever the size."""
    encoded = name.encode()
    if len(encoded) > 100:
        raise ValueError(f"{name!r} is too long for a member of Aegir's own")
    block = bytearray(BLOCK)
    fields = {100: b"%07o" % mode, 108: b"%07o" % 0, 116: b"%07o" % 0, 136: b"%011o" % mtime, 156: b"0"}
    for at, text in {0: encoded, **fields, 257: b"ustar  "}.items():
        block[at : at + len(text)] = text
    # Octal digits hold up to 8 GiB.
    length = b"%011o\0" % size if size < 8**11 else b"\x80" + size.to_bytes(11, "big")
    block[124:136] = length
    block[148:156] = b"%06o\0 " % _checksum(block)
    return bytes(block)


def padded(size: int) -> int:
    """How many bytes a content of that size takes in a tar."""
    return -(-size // BLOCK) * BLOCK


def padding(size: int) -> bytes:
    return bytes(padded(size) - size)


def _checked(block: bytes, *, first: bool) -> int:
    """The size in a header, after making sure that it is one."""
    try:
        if _number(block[148:156]) != _checksum(block):
            raise ValueError
        size = _number(block[124:136])
    except ValueError:
        if first:
            raise Damaged(
                "is not an archive that Aegir can read: use tar, or tar with gzip or zstd"
            ) from None
        raise Damaged("is damaged: where a member's header should be there is something else") from None
    return size


def _checksum(block: bytes | bytearray) -> int:
    return sum(block[:148]) + 256 + sum(block[156:])


def _number(field: bytes) -> int:
    """Octal digits, or GNU's binary for what these cannot hold. Raises ValueError for anything else."""
    if field[0] == 0x80:
        return int.from_bytes(field[1:], "big")
    digits = field.strip(b" \0")
    if digits.strip(b"01234567"):
        raise ValueError
    return int(digits or b"0", 8)


def _member(block: bytes, size: int, said: dict[str, str], raw: bytes) -> Member:
    name = _text(block[:100].partition(b"\0")[0])
    if block[257:263] == b"ustar\0" and (prefix := block[345:500].partition(b"\0")[0]):
        name = f"{_text(prefix)}/{name}"
    kind = KINDS.get(block[156:157], UNKNOWN)
    name = said.get("path", name)
    if any(key.startswith("GNU.sparse") for key in said):
        kind = "sparse file"
    elif block[156:157] == b"\0" and name.endswith("/"):
        kind = "directory"
    try:
        size = int(said.get("size", size)) if kind in ("file", "sparse file", UNKNOWN) else 0
        mode, mtime = _number(block[100:108]), _number(block[136:148])
    except ValueError:
        raise Damaged("is damaged: the header of a member makes no sense") from None
    if size < 0:
        raise Damaged("is damaged: a member has less than no content")
    target = said.get("linkpath", _text(block[157:257].partition(b"\0")[0]))
    return Member(name, kind, size, mode, mtime, target, raw)


def _records(content: bytes) -> dict[str, str]:
    """The lines of a pax header: «length key=value», whose values may hold anything."""
    found: dict[str, str] = {}
    while content:
        length, space, _ = content.partition(b" ")
        if not space or not length.isdigit() or not len(length) + 1 < int(length) <= len(content):
            raise Damaged("is damaged: the extended header of a member makes no sense")
        key, _, value = content[len(length) + 1 : int(length)].removesuffix(b"\n").partition(b"=")
        found[_text(key)] = _text(value)
        content = content[int(length) :]
    return found


def _text(name: bytes) -> str:
    return os.fsdecode(name)
