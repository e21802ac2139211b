"""SQLite: a directory for each database, because SQLite writes its journal beside the file.

The directory belongs to the user that PHP runs as and is closed to everybody else (0700): whoever may write
in it may change the site. Nothing in it is ever opened by its path here, since that user could put a link
there; the file's content is read through the host and looked at in memory, and all that takes SQLite on the
file itself is done by ``bridge/sqlite.php`` as that user.

A frozen database is a directory that nobody may enter (mode 0), and root's where that can be arranged.
Nothing can be put into it any more, so its file may be read by its path; and as no journal can be put beside
it, even somebody who still has the file open cannot write.
"""

from __future__ import annotations

import io
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import BinaryIO

from aegir.drivers.database import CACHES, Database, DatabaseServer, Presence
from aegir.drivers.database.identifiers import checked
from aegir.drivers.host import Host
from aegir.errors import Broken

FILE = "site.sqlite"
BRIDGE = Path(__file__).parents[3] / "bridge"
LOOK_INTO = 256 * 1024 * 1024
"""Bytes up to which a file is read to count its tables."""
JOURNAL_MODE = slice(18, 20)
"""Where the file's header tells the journal's kind; 1 is the one that a database in memory can have."""
OPEN, READABLE, CLOSED = 0o700, 0o500, 0
SETTLING = 30.0
"""Seconds for whoever is writing to come to an end."""


class Driver:
    """See ``DatabaseDriver`` for what each method promises. There are no users: the password means nothing,
    and ``Presence.user`` follows the database."""

    dump_name = "database.sqlite"

    def __init__(self, host: Host, server: DatabaseServer, password: str) -> None:
        self._host = host
        self._server = server
        self._user = server.file_user or None
        self._script = f"{os.environ.get('AEGIR_BRIDGE') or BRIDGE}/sqlite.php"

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
        if self._host.stat(self._directory(database)) is None:
            return Presence(False, False, 0)
        with self._entered(database) as frozen:
            return Presence(True, True, self._tables(database), frozen)

    def create(self, database: Database, password: str) -> None:
        if not self._frozen(database):
            self._host.make_directory(self._directory(database), mode=OPEN, owner=self._user)

    def drop(self, database: Database) -> None:
        if self._frozen(database):
            self._host.set_attributes(self._directory(database), mode=OPEN)
        self._host.remove_tree(self._directory(database))

    def size(self, database: Database) -> int:
        with self._entered(database):
            found = self._host.stat(self._file(database))
            return found.size if found else 0

    @contextmanager
    def dump(self, database: Database) -> Iterator[BinaryIO]:
        """Caches are in it, too: the file is what it is. They are left out by ``load``."""
        file = self._file(database)
        with self._entered(database) as frozen:
            found = self._host.stat(file)
            if found is None or found.size == 0:
                yield io.BytesIO(_nothing())
                return
            if found.kind != "file":
                raise Broken(f"Could not dump {file}: it is not a file.")
            command = ["cat", "--", file] if frozen else self._php("dump", database)
            with self._host.reading(command, user=None if frozen else self._user) as content:
                yield content

    def load(self, database: Database, password: str, content: BinaryIO) -> None:
        self._fill(database, content, emptied=CACHES)

    def copy(self, source: Database, target: Database, password: str, *, caches: bool = False) -> None:
        if self._host.stat(self._directory(source)) is None:
            raise Broken(f"There is no database {source.name} to copy.")
        with self.dump(source) as content:
            self._fill(target, content, emptied=() if caches else CACHES)

    def freeze(self, database: Database) -> None:
        deadline = time.monotonic() + SETTLING
        while self._host.stat(self._directory(database)) and not self._frozen(database):
            if self._host.stat(self._file(database)):
                self._host.run(self._php("settle", database), user=self._user, timeout=3 * SETTLING)
            self._close(database)
            if self._at_rest(database):
                return
            # Somebody began to write in between. He can, or whoever comes next takes back what he began.
            self.thaw(database)
            if time.monotonic() > deadline:
                raise Broken(f"Somebody keeps writing to {self._file(database)}: close the site first.")

    def thaw(self, database: Database) -> None:
        if self._frozen(database):
            self._host.set_attributes(self._directory(database), mode=OPEN, owner=self._user)

    def connection(self, database: Database, password: str) -> dict[str, str]:
        nothing = dict.fromkeys(("username", "password", "host", "port", "unix_socket"), "")
        return {"driver": "sqlite", "database": self._file(database), **nothing}

    def _fill(self, database: Database, content: BinaryIO, emptied: tuple[str, ...]) -> None:
        if self.presence(database).tables:
            raise Broken(f"The database {database.name} is not empty: drop and create it first.")
        with self._host.writing(self._php("load", database, *emptied), user=self._user) as told:
            while block := content.read(1 << 20):
                told.write(block)

    def _php(self, verb: str, database: Database, *arguments: str) -> list[str]:
        # Warnings must not end in a dump.
        return [
            self._server.php,
            "-d",
            "display_errors=stderr",
            self._script,
            verb,
            self._file(database),
            *arguments,
        ]

    def _close(self, database: Database) -> None:
        owner = "root" if self._host.is_root else None
        self._host.set_attributes(self._directory(database), mode=CLOSED, owner=owner)

    def _frozen(self, database: Database) -> bool:
        found = self._host.stat(self._directory(database))
        return found is not None and not found.mode & 0o200

    def _at_rest(self, database: Database) -> bool:
        """Whether there is no journal: what is in the file is all."""
        with self._entered(database):
            return not any(name.startswith(f"{FILE}-") for name in self._host.list(self._directory(database)))

    @contextmanager
    def _entered(self, database: Database) -> Iterator[bool]:
        """Look into the directory, frozen or not; tells which. Only root can without opening it, and nobody
        can write there meanwhile."""
        frozen = self._frozen(database)
        if not frozen or self._host.is_root:
            yield frozen
            return
        self._host.set_attributes(self._directory(database), mode=READABLE)
        try:
            yield True
        finally:
            self._host.set_attributes(self._directory(database), mode=CLOSED)

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


def _nothing() -> bytes:
    """A database without anything in it, as a file."""
    with closing(sqlite3.connect(":memory:")) as session:
        session.execute("VACUUM")
        return session.serialize()
