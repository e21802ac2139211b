"""Aegir's own rows in a SQLite file."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from aegir.errors import Broken

PATIENCE = 30.0
"""Seconds to wait for somebody who holds the file."""
FAULTS = 20
BESIDE = ("", "-wal", "-shm")
"""What belongs to the file, by the ends of the names."""


class Driver:
    """See ``RowsDriver`` for what each method promises."""

    title = "SQLite"
    member = "rows.sqlite3"

    def __init__(self, described: Mapping[str, Any]) -> None:
        self._path = str(described["NAME"])

    def size(self) -> int:
        found = (Path(self._path + end) for end in BESIDE[:2])
        return sum(path.stat().st_size for path in found if path.exists())

    def copy(self, path: str) -> None:
        """One reading transaction: those who write go on, and are not in it."""
        with self._opened("copy") as connection:
            connection.execute("VACUUM INTO ?", (path,))
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def faults(self) -> list[str]:
        try:
            with self._opened("read") as connection:
                said = [str(row[0]) for row in connection.execute(f"PRAGMA integrity_check({FAULTS})")]
                lost = connection.execute("PRAGMA foreign_key_check").fetchmany(FAULTS)
        except Broken as broken:
            return [str(broken)]
        found = [] if said == ["ok"] else said
        return found + [f"A row of {row[0]} refers to one of {row[2]} that is gone." for row in lost]

    @contextmanager
    def _opened(self, verb: str) -> Iterator[sqlite3.Connection]:
        address = f"file:{quote(self._path)}?mode=rw"
        try:
            with closing(sqlite3.connect(address, uri=True, timeout=PATIENCE)) as connection:
                yield connection
        except sqlite3.Error as error:
            raise Broken(f"Could not {verb} {self._path}: {error}.") from None
