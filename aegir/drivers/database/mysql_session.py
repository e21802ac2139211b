"""Connections to MySQL and MariaDB, and what their errors mean."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

import pymysql
from pymysql.constants import CR, ER

from aegir.drivers.database import Database, DatabaseServer
from aegir.drivers.database.statements import Statement
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
DENIED = {
    ER.ACCESS_DENIED_ERROR,
    ER.DBACCESS_DENIED_ERROR,
    ER.TABLEACCESS_DENIED_ERROR,
    ER.SPECIFIC_ACCESS_DENIED_ERROR,
    1698,
}
"""1698 is what MariaDB and MySQL say when a plugin (unix_socket) refuses."""


class Sessions:
    """Opens connections to one server."""

    def __init__(self, server: DatabaseServer, password: str) -> None:
        self._server = server
        self._password = password

    @property
    def named(self) -> str:
        """How sentences call the server."""
        server = self._server
        where = f"{server.host}, port {server.port}" if server.host else server.socket
        return f"The database server at {where}"

    @contextmanager
    def open(
        self,
        database: Database | None = None,
        password: str | None = None,
        hide: str = "",
        patience: int = ANSWER_TIMEOUT,
    ) -> Iterator[Connection]:
        """A connection as the administrator, or as the database's own user; what goes wrong in it becomes
        one of our errors, with no password in it (``hide`` is one more to keep out)."""
        password = self._password if password is None else password
        try:
            session = self._connect(database, password, patience)
            try:
                yield session
            finally:
                session.close()
        except pymysql.MySQLError as error:
            # «from None»: what the server quotes of a statement may hold the password, and would be shown.
            raise self._explained(error, database, (password, hide)) from None

    def _connect(self, database: Database | None, password: str, patience: int) -> Connection:
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
            read_timeout=patience,
            write_timeout=patience,
            init_command=f"SET SESSION lock_wait_timeout = {LOCK_TIMEOUT}",
        )

    def _explained(
        self, error: pymysql.MySQLError, database: Database | None, hidden: Sequence[str]
    ) -> AegirError:
        number, message = (*error.args, "")[:2] if error.args else (0, "")
        if number in AWAY:
            return Unreachable(f"{self.named} does not answer: start it, or see its log.")
        if number in DENIED:
            user = database.user if database else self._server.user
            return Broken(f"{self.named} does not let «{user}» do that: correct the password or privileges.")
        text = str(message) or type(error).__name__
        for value in filter(None, hidden):
            text = text.replace(value, "•••")
        return Broken(f"{self.named} says no: {text} ({number}).")


def tell(session: Connection, orders: Sequence[Statement]) -> None:
    with session.cursor() as cursor:
        for order in orders:
            cursor.execute(order.sql, order.arguments)


def ask(session: Connection, question: Statement) -> list[tuple[object, ...]]:
    with session.cursor() as cursor:
        cursor.execute(question.sql, question.arguments)
        return list(cursor.fetchall())


def names(session: Connection, question: Statement) -> list[str]:
    """The first column of every answer."""
    return [str(name) for (name, *_) in ask(session, question)]


def kill(session: Connection, order: Statement) -> None:
    """End a connection; one that ended by itself is fine."""
    try:
        tell(session, [order])
    except pymysql.MySQLError as error:
        if error.args[0] != ER.NO_SUCH_THREAD:
            raise
