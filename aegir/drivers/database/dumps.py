"""Dumps of MySQL and MariaDB while they stream by: what would not load elsewhere is left out, and a dump that
was cut short is told from a whole one.

Text is looked at by the line, and only at how a line begins: a row is never changed, whatever it says.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

BLOCK = 1 << 20
BEGINNING = 4096
"""Bytes at the start of a line, of a dump, and at a dump's end that are looked at."""

WORDS = (b"DEFINER", b"USE `", b" DATABASE ", b"!999999", b"SET @@")
"""A block without any of these needs no change; looking for them costs next to nothing."""
_BEGINNINGS = (b"CREATE ", b"ALTER DATABASE ", b"USE `", b"SET @@", b"/*!", b"/*M!")
_ACCOUNT = rb"(?:`(?:[^`]|``)*`|'[^']*'|\"[^\"]*\"|[\w.%-]+)"

REWRITES = (
    # Whoever loads the dump owns its triggers, views, routines and events.
    (re.compile(rb"^([^'\"`]*?)DEFINER ?= ?" + _ACCOUNT + rb"(?:@" + _ACCOUNT + rb")?"), rb"\1"),
    # A dump is loaded into the database that it is meant for now.
    (re.compile(rb"^(?:USE|(?:CREATE|ALTER) DATABASE(?: /\*.*?\*/)?) `(?:[^`]|``)+`[^'\"]*;\s*$"), b""),
    # Clients from before 2024 and all of MySQL's stop at this line; ours are confined by an option.
    (re.compile(rb"^/\*M?!999999\\-.*$", re.DOTALL), b""),
    # Replication is the server's own affair, and only its administrator may touch it.
    (re.compile(rb"^SET @@(?:GLOBAL\.GTID_PURGED|SESSION\.SQL_LOG_BIN)"), b"SET @aegir_left_out"),
)

HEADERS = (b"-- MySQL dump ", b"-- MariaDB dump ")
FOOTER = b"-- Dump completed"


def cleaned(content: BinaryIO) -> Iterator[bytes]:
    """The dump in blocks, without owners, names of databases and what only an administrator may say."""
    rest, inside = b"", False
    while block := content.read(BLOCK):
        block = rest + block
        if inside and b"\n" not in block:
            yield block
            continue
        first = block.find(b"\n") + 1 if inside else 0
        last = block.rfind(b"\n") + 1
        # A long line has shown its beginning and need not be kept until it ends.
        inside = len(block) - last > BEGINNING
        whole = len(block) if inside else last
        rest = block[whole:]
        yield block[:first] + _rewritten(block[first:whole])
    yield _rewritten(rest)


def _rewritten(block: bytes) -> bytes:
    if not any(word in block for word in WORDS):
        return block
    return b"\n".join(_line(line) if line.startswith(_BEGINNINGS) else line for line in block.split(b"\n"))


def _line(line: bytes) -> bytes:
    for pattern, replacement in REWRITES:
        line = pattern.sub(replacement, line)
    return line


class Ends:
    """Lets blocks pass and keeps how they began and ended."""

    def __init__(self) -> None:
        self.head = b""
        self.tail = b""

    def watch(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        for block in blocks:
            if len(self.head) < BEGINNING:
                self.head = (self.head + block)[:BEGINNING]
            self.tail = (self.tail + block)[-BEGINNING:]
            yield block

    @property
    def complete(self) -> bool:
        """Whether the last line is the one that ends a dump."""
        return self.tail.rstrip().rpartition(b"\n")[2].startswith(FOOTER)

    @property
    def cut_short(self) -> bool:
        """Whether it began as one that tells its end, and does not. Others are told by how they load."""
        return any(line.startswith(HEADERS) for line in self.head.split(b"\n")) and not self.complete


class Blocks(io.RawIOBase):
    """A file to be read, made of blocks as they come."""

    def __init__(self, blocks: Iterator[bytes]) -> None:
        self._blocks = blocks
        self._ready = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        target = memoryview(buffer).cast("B")
        while not self._ready:
            block = next(self._blocks, None)
            if block is None:
                return 0
            self._ready = memoryview(block)
        count = min(len(target), len(self._ready))
        target[:count] = self._ready[:count]
        self._ready = self._ready[count:]
        return count


def as_file(blocks: Iterator[bytes]) -> BinaryIO:
    return io.BufferedReader(Blocks(blocks), BLOCK)
