"""MySQL and MariaDB."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

import pymysql
from pymysql.constants import CR, ER

from aegir.drivers.database import Database, DatabaseServer, Presence, statements
from aegir.drivers.database.identifiers import checked
from aegir.drivers.database.statements import Statement
from aegir.drivers.host import Host
from aegir.errors import AegirError, Broken, Unreachable

Connection: TypeAlias = "pymysql.connections.Connection[pymysql.cursors.Cursor]"

CONNECT_TIMEOUT = 10
ANSWER_TIMEOUT = 120
"""Seconds for one statement: dropping a large database takes its time."""
LOCK_TIMEOUT = 30

AWAY = {
    CR.CR_CONNECTION_ERROR,
    CR.CR_CONN_HOST_ERROR,
    CR.CR_SERVER_GONE_ERROR,
    CR.CR_SERVER_LOST,
    CR.CR_UNKNOWN_HOST,
    ER.CON_COUNT_ERROR,
    ER.SERVER_SHUTDOWN,
    ER.HOST_IS_BLOCKED,
}
DENIED = {ER.ACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR, 1698}
"""1698 is what MariaDB and MySQL say when a plugin (unix_socket) refuses."""
WORD = "Ægir 🌊"
"""Needs all four bytes of utf8mb4."""


class Driver:
    """See ``DatabaseDriver`` for what each method promises."""

    def __init__(self, host: Host, server: DatabaseServer, password: str) -> None:
        self._host = host
        self._server = server
        self._password = password

    def ping(self) -> str:
        with self._session() as session:
            ((version,),) = _ask(session, Statement("SELECT VERSION()"))
        number = re.match(r"[\d.]*", str(version))
        product = "MariaDB" if "mariadb" in str(version).lower() else "MySQL"
        return f"{product} {number.group() if number else version}"

    def prove(self, task: int) -> None:
        probe = Database(f"aegir_probe_{task}", f"aegir_probe_{task}")
        password = f"Aa1-{secrets.token_hex(16)}"  # whatever a password policy may ask for
        try:
            with self._session(hide=password) as session:
                # This process need not sit where sites do, and still has to be let in.
                ((here,),) = _ask(session, statements.seen_from())
                _tell(session, statements.create(probe, password, {*self._server.grant_hosts, str(here)}))
            with self._session(probe, password) as session:
                *telling, asking = statements.probe(WORD)
                _tell(session, telling)
                if _ask(session, asking) != [(WORD,)]:
                    raise Broken(f"{self._named} does not keep four-byte characters: set it to utf8mb4.")
        finally:
            self.drop(probe)

    def presence(self, database: Database) -> Presence:
        with self._session() as session:
            ((found,),) = _ask(session, statements.databases(database))
            ((tables,),) = _ask(session, statements.tables(database))
            return Presence(bool(found), bool(_user_hosts(session, database)), int(str(tables)))

    def create(self, database: Database, password: str) -> None:
        self._spare_administrator(database)
        with self._session(hide=password) as session:
            _tell(session, statements.create(database, password, self._server.grant_hosts))

    def drop(self, database: Database) -> None:
        self._spare_administrator(database)
        with self._session() as session:
            # The user first, and what he still has open: a visitor's unfinished transaction would hold the
            # database's tables, and a visitor come anew could fill them again.
            _tell(session, statements.drop_users(database, _user_hosts(session, database)))
            for (number,) in _ask(session, statements.connections(database)):
                _kill(session, int(str(number)))
            _tell(session, [statements.drop_database(database)])

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

    def _spare_administrator(self, database: Database) -> None:
        if checked(database.user) == self._server.user:
            raise Broken(f"{self._named} has «{database.user}» as its administrator: name another user.")

    @property
    def _named(self) -> str:
        server = self._server
        where = f"{server.host}, port {server.port}" if server.host else server.socket
        return f"The database server at {where}"

    @contextmanager
    def _session(
        self, database: Database | None = None, password: str | None = None, hide: str = ""
    ) -> Iterator[Connection]:
        """A connection as the administrator, or as the database's own user; what goes wrong in it becomes
        one of our errors, with no password in it (``hide`` is one more to keep out)."""
        password = self._password if password is None else password
        try:
            session = self._connect(database, password)
            try:
                yield session
            finally:
                session.close()
        except pymysql.MySQLError as error:
            # «from None»: what the server quotes of a statement may hold the password, and would be shown.
            raise self._explained(error, database, (password, hide)) from None

    def _connect(self, database: Database | None, password: str) -> Connection:
        server = self._server
        return pymysql.connect(
            host=server.host or "localhost",
            port=server.port,
            unix_socket=None if server.host else server.socket,
            user=database.user if database else server.user,
            password=password,
            database=database.name if database else None,
            charset="utf8mb4",
            autocommit=True,
            # Nobody listens in on a socket, and reading the system's certificates takes 80 ms.
            ssl_disabled=not server.host,
            connect_timeout=CONNECT_TIMEOUT,
            read_timeout=ANSWER_TIMEOUT,
            write_timeout=ANSWER_TIMEOUT,
            init_command=f"SET SESSION lock_wait_timeout = {LOCK_TIMEOUT}",
        )

    def _explained(
        self, error: pymysql.MySQLError, database: Database | None, hidden: Sequence[str]
    ) -> AegirError:
        number, message = (*error.args, "")[:2] if error.args else (0, "")
        if number in AWAY:
            return Unreachable(f"{self._named} does not answer: start it, or see its log.")
        if number in DENIED:
            user = database.user if database else self._server.user
            return Broken(f"{self._named} does not let «{user}» do that: correct the password or privileges.")
        text = str(message) or type(error).__name__
        for value in filter(None, hidden):
            text = text.replace(value, "•••")
        return Broken(f"{self._named} says no: {text} ({number}).")


def _tell(session: Connection, orders: Sequence[Statement]) -> None:
    with session.cursor() as cursor:
        for order in orders:
            cursor.execute(order.sql, order.arguments)


def _ask(session: Connection, question: Statement) -> list[tuple[object, ...]]:
    with session.cursor() as cursor:
        cursor.execute(question.sql, question.arguments)
        return list(cursor.fetchall())


def _user_hosts(session: Connection, database: Database) -> list[str]:
    return [str(host) for (host,) in _ask(session, statements.user_hosts(database))]


def _kill(session: Connection, number: int) -> None:
    try:
        _tell(session, [statements.kill(number)])
    except pymysql.MySQLError as error:
        if error.args[0] != ER.NO_SUCH_THREAD:
            raise
