"""Dumps as any tool writes them: SQL, maybe packed with gzip or zstd, or a SQLite file."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import BinaryIO

from aegir.drivers.archive.compression import unpacked
from aegir.drivers.archive.guard import limit
from aegir.drivers.archive.members import Damaged
from aegir.errors import Refused

ENDINGS = (".sql", ".sql.gz", ".sql.zst", ".sqlite", ".sqlite.gz", ".sqlite.zst")
SQLITE = b"SQLite format 3\0"
PIECE = 1 << 20


def member(path: str) -> str | None:
    """What the dump would be called in an archive; None when its name does not say that it is a dump."""
    name = PurePosixPath(path).name
    if not name.endswith(ENDINGS):
        return None
    return "database.sqlite" if ".sqlite" in name else "database.sql"


@contextmanager
def opened(path: str) -> Iterator[BinaryIO]:
    """The dump, unpacked as it is read. Refused when it is damaged, or no file."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        raise Refused(f"The dump {path} cannot be read: {error.strerror}.") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Refused(f"{path} is not a file: give a dump.")
    with os.fdopen(descriptor, "rb") as file:
        try:
            with unpacked(file) as content:
                yield content
        except Damaged as damage:
            raise Refused(f"The dump {path} {damage}.") from None


def measure(path: str) -> int:
    """Read a dump to its end; how many bytes it holds. Refused when it is damaged, no dump, or a bomb."""
    most, size, kind = limit(os.stat(path).st_size), 0, member(path)
    with opened(path) as content:
        while piece := content.read(PIECE):
            if not size and (kind == "database.sqlite") != piece.startswith(SQLITE):
                raise Refused(f"{path} is not what its name says: give a dump in SQL, or a SQLite file.")
            size += len(piece)
            if size > most:
                raise Refused(f"{path} holds more than {most:,} bytes, more than may be unpacked here.")
    if not size:
        raise Refused(f"{path} is empty: it holds no database.")
    return size
