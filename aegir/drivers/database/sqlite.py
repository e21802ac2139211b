"""SQLite: a directory for each database, because SQLite writes its journal beside the file.

The directory belongs to the user that PHP runs as and is closed to everybody else (0700): whoever may write
in it may change the site. Nothing in it is ever opened by its path here, since that user could put a link
there; the file's content is read through the host and looked at in memory.
"""

from __future__ import annotations

import sqlite3
from contextlib import closing

from aegir.drivers.database import Database, DatabaseServer, Presence
from aegir.drivers.database.identifiers import checked
from aegir.drivers.host import Host
from aegir.errors import Broken

FILE = "site.sqlite"
LOOK_INTO = 256 * 1024 * 1024
"""Bytes up to which a file is read to count its tables."""
JOURNAL_MODE = slice(18, 20)
"""Where the file's header tells the journal's kind; 1 is the one that a database in memory can have."""


class Driver:
    """See ``DatabaseDriver`` for what each method promises. There are no users: the password means nothing,
    and ``Presence.user`` follows the database."""

    def __init__(self, host: Host, server: DatabaseServer, password: str) -> None:
        self._host = host
        self._server = server

    def ping(self) -> str:
        found = self._host.stat(self._server.root)
        if found is None or found.kind != "directory":
            raise Broken(f"There is no directory {self._server.root} for SQLite databases: make it.")
        return f"SQLite {sqlite3.sqlite_version}"

    def prove(self, task: int) -> None:
        probe = Database(f"aegir_probe_{task}", "")
        try:
            self.create(probe, "")
            # As the site's own user, who also has to get through every directory above.
            self._host.run(["touch", self._file(probe)], user=self._server.file_user or None)
        finally:
            self.drop(probe)

    def presence(self, database: Database) -> Presence:
        there = self._host.stat(self._directory(database)) is not None
        return Presence(there, there, self._tables(database) if there else 0)

    def create(self, database: Database, password: str) -> None:
        owner = self._server.file_user or None
        self._host.make_directory(self._directory(database), mode=0o700, owner=owner)

    def drop(self, database: Database) -> None:
        self._host.remove_tree(self._directory(database))

    def connection(self, database: Database, password: str) -> dict[str, str]:
        nothing = dict.fromkeys(("username", "password", "host", "port", "unix_socket"), "")
        return {"driver": "sqlite", "database": self._file(database), **nothing}

    def _directory(self, database: Database) -> str:
        return f"{self._server.root}/{checked(database.name)}"

    def _file(self, database: Database) -> str:
        return f"{self._directory(database)}/{FILE}"

    def _tables(self, database: Database) -> int:
        """How many tables are there. A file that cannot be looked into counts as one: it is not empty."""
        found = self._host.stat(self._file(database))
        if found is None or found.size == 0:
            return 0
        if found.kind != "file" or found.size > LOOK_INTO:
            return 1
        return _count(bytearray(self._host.read(self._file(database)) or b""))


def _count(content: bytearray) -> int:
    content[JOURNAL_MODE] = b"\x01\x01"
    with closing(sqlite3.connect(":memory:")) as session:
        try:
            session.deserialize(bytes(content))
            (found,) = session.execute("SELECT COUNT(*) FROM sqlite_schema WHERE type = 'table'").fetchone()
        except sqlite3.DatabaseError:
            return 1
    return int(found)
