"""MySQL and MariaDB."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from aegir.drivers.database import Database, DatabaseServer, Presence, dumps, statements
from aegir.drivers.database.identifiers import checked
from aegir.drivers.database.mysql_clients import Clients
from aegir.drivers.database.mysql_copy import copy_tables
from aegir.drivers.database.mysql_session import Connection, Sessions, ask, kill, names, tell
from aegir.drivers.database.statements import Statement
from aegir.drivers.host import Host
from aegir.errors import Broken

WORD = "Ægir 🌊"
"""Needs all four bytes of utf8mb4."""
NOBODY = "nobody"
"""Whom root loads dumps as."""
ENDING = 30.0
"""Seconds for a user's connections to end."""

STRUCTURE = ("--no-data", "--skip-triggers")
PROGRAMS = ("--triggers", "--routines", "--events")


class Driver:
    """See ``DatabaseDriver`` for what each method promises."""

    dump_name = "database.sql"

    def __init__(self, host: Host, server: DatabaseServer, password: str) -> None:
        self._host = host
        self._server = server
        self._password = password
        self._sessions = Sessions(server, password)
        self._clients = Clients(host, server)

    def ping(self) -> str:
        with self._sessions.open() as session:
            ((version,),) = ask(session, Statement("SELECT VERSION()"))
        number = re.match(r"[\d.]*", str(version))
        product = "MariaDB" if "mariadb" in str(version).lower() else "MySQL"
        return f"{product} {number.group() if number else version}"

    def prove(self, task: int) -> None:
        probe = Database(f"aegir_probe_{task}", f"aegir_probe_{task}")
        password = f"Aa1-{secrets.token_hex(16)}"  # whatever a password policy may ask for
        try:
            with self._sessions.open(hide=password) as session:
                # This process need not sit where sites do, and still has to be let in.
                ((here,),) = ask(session, statements.seen_from())
                tell(session, statements.create(probe, password, {*self._server.grant_hosts, str(here)}))
            with self._sessions.open(probe, password) as session:
                *telling, asking = statements.probe(WORD)
                tell(session, telling)
                if ask(session, asking) != [(WORD,)]:
                    raise Broken(
                        f"{self._sessions.named} does not keep four-byte characters: set it to utf8mb4."
                    )
        finally:
            self.drop(probe)

    def presence(self, database: Database) -> Presence:
        with self._sessions.open() as session:
            ((found,),) = ask(session, statements.databases(database))
            ((tables,),) = ask(session, statements.tables(database))
            hosts = names(session, statements.user_hosts(database))
            frozen = bool(hosts) and all(_locked(session, database, host) for host in hosts)
            return Presence(bool(found), bool(hosts), int(str(tables)), frozen)

    def create(self, database: Database, password: str) -> None:
        self._spare_administrator(database)
        with self._sessions.open(hide=password) as session:
            hosts = names(session, statements.user_hosts(database))
            frozen = any(_locked(session, database, host) for host in hosts)
            tell(session, statements.create(database, password, self._server.grant_hosts))
        if frozen:
            # It was just granted everything, and there may be a host that is new.
            self.freeze(database)

    def drop(self, database: Database) -> None:
        self._spare_administrator(database)
        with self._sessions.open() as session:
            # The user first, and what he still has open: a visitor's unfinished transaction would hold the
            # database's tables, and a visitor come anew could fill them again.
            hosts = names(session, statements.user_hosts(database))
            tell(session, statements.drop_users(database, hosts))
            _end_connections(session, database)
            tell(session, [statements.drop_database(database)])

    def size(self, database: Database) -> int:
        with self._sessions.open() as session:
            ((taken,),) = ask(session, statements.size(database))
        return int(str(taken))

    @contextmanager
    def dump(self, database: Database) -> Iterator[BinaryIO]:
        with self._sessions.open() as session:
            caches = names(session, statements.caches(database))
        ends = dumps.Ends()
        structure = self._structure(database, caches)
        without = [f"--ignore-table={database.name}.{name}" for name in caches]
        with self._dumping(database, [*PROGRAMS, *without]) as printed:
            yield dumps.as_file(ends.watch(_joined(structure, dumps.cleaned(printed))))
        if not ends.complete:
            raise Broken(f"The dump of {database.name} was not made, or not read, to its end.")

    def load(self, database: Database, password: str, content: BinaryIO) -> None:
        self._expect_empty(database)
        self._fill(database, password, content)

    def copy(self, source: Database, target: Database, password: str, *, caches: bool = False) -> None:
        self._expect_empty(target)
        with self._sessions.open() as session:
            contents = [(str(name), str(kind)) for name, kind in ask(session, statements.contents(source))]
        there = self.presence(source)
        if not there.database:
            raise Broken(f"There is no database {source.name} to copy.")
        known = {kind for _, kind in contents} <= {"BASE TABLE", "VIEW"}
        if known and there.frozen:
            self._copy_frozen(source, target, password, contents, caches)
            return
        # A server reads from one and the same moment only for a client.
        with self.dump(source) as content:
            self._fill(target, password, content)

    def freeze(self, database: Database) -> None:
        self._spare_administrator(database)
        with self._sessions.open() as session:
            tell(session, statements.freeze(database, names(session, statements.user_hosts(database))))
            _end_connections(session, database)

    def thaw(self, database: Database) -> None:
        with self._sessions.open() as session:
            tell(session, statements.thaw(database, names(session, statements.user_hosts(database))))

    def connection(self, database: Database, password: str) -> dict[str, str]:
        server = self._server
        # For PHP «localhost» means its own default socket, whatever the port says.
        host = "127.0.0.1" if server.host == "localhost" else server.host
        return {
            "driver": "mysql",
            "database": checked(database.name),
            "username": checked(database.user),
            "password": password,
            "host": host or "localhost",
            "port": str(server.port) if host else "",
            "unix_socket": "" if host else server.socket,
        }

    def _copy_frozen(
        self,
        source: Database,
        target: Database,
        password: str,
        contents: Sequence[tuple[str, str]],
        caches: bool,
    ) -> None:
        """Triggers come after the rows, which would set them off; views after the routines that they use."""
        tables = [name for name, kind in contents if kind == "BASE TABLE"]
        views = [name for name, kind in contents if kind == "VIEW"]
        copy_tables(self._sessions, source, target, password, tables, caches=caches)
        with self._sessions.open() as session:
            ((programs,),) = ask(session, statements.programs(source))
        if programs:
            self._copy_part(source, target, password, ["--no-data", "--no-create-info", *PROGRAMS])
        if views:
            self._copy_part(source, target, password, STRUCTURE, views)

    def _copy_part(
        self,
        source: Database,
        target: Database,
        password: str,
        options: Sequence[str],
        tables: Sequence[str] = (),
    ) -> None:
        with self._dumping(source, options, tables) as printed:
            self._fill(target, password, printed)

    def _structure(self, database: Database, tables: Sequence[str]) -> bytes:
        """A dump of these tables without their rows: not every client can leave out only those."""
        if not tables:
            return b""
        with self._dumping(database, ["--no-data"], tables) as printed:
            return b"".join(dumps.cleaned(printed))

    @contextmanager
    def _dumping(
        self, database: Database, options: Sequence[str], tables: Sequence[str] = ()
    ) -> Iterator[BinaryIO]:
        env = {"MYSQL_PWD": self._password} if self._password else {}
        with self._host.reading(self._clients.dump(database, options, tables), env=env) as printed:
            yield printed

    def _fill(self, database: Database, password: str, content: BinaryIO) -> None:
        mark = f"aegir_mark_{secrets.token_hex(8)}"
        with self._sessions.open() as session:
            tell(session, [statements.make_mark(database, mark)])
        user = NOBODY if self._host.is_root and self._host.user_exists(NOBODY) else None
        ends = dumps.Ends()
        client = self._clients.load(database)
        with self._host.writing(client, env={"MYSQL_PWD": password}, user=user) as told:
            told.write(statements.before_load())
            for block in ends.watch(dumps.cleaned(content)):
                told.write(block)
            told.write(statements.after_load(mark))
        with self._sessions.open() as session:
            ((left,),) = ask(session, statements.marked(database, mark))
        if left or ends.cut_short or not ends.head.strip():
            raise Broken(f"The dump for {database.name} is cut short: take another one.")

    def _expect_empty(self, database: Database) -> None:
        if self.presence(database).tables:
            raise Broken(f"The database {database.name} is not empty: drop and create it first.")

    def _spare_administrator(self, database: Database) -> None:
        if checked(database.user) == self._server.user:
            raise Broken(
                f"{self._sessions.named} has «{database.user}» as its administrator: name another user."
            )


def _joined(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _locked(session: Connection, database: Database, host: str) -> bool:
    return any(" ACCOUNT LOCK" in line for line in names(session, statements.account(database, host)))


def _end_connections(session: Connection, database: Database) -> None:
    deadline = time.monotonic() + ENDING
    while numbers := names(session, statements.connections(database)):
        if time.monotonic() > deadline:
            raise Broken(f"«{database.user}» has connections that do not end: see the server's list of them.")
        for number in numbers:
            kill(session, statements.kill(int(number)))
        time.sleep(0.01)
