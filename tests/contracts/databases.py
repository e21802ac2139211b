"""Where the database contract is tried: MariaDB by socket and by TCP, and SQLite, used as sites use them."""

from __future__ import annotations

import itertools
import os
import pwd
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

import pymysql
import pytest

from aegir.drivers.database import Database, DatabaseDriver, DatabaseServer, Presence
from aegir.drivers.database import mysql as mysql_driver
from aegir.drivers.database import sqlite as sqlite_driver
from aegir.drivers.host.local import Driver as LocalHost
from tests.live.mariadb import MariaDb
from tests.live.normal_user import NORMAL_USER, being_normal_user

PASSWORD = 'it\'s "hard" \\ to `quote` %s'
NUMBERS = itertools.count(1)
ABSENT = Presence(database=False, user=False, tables=0)
Rows = list[tuple[Any, ...]]


class Product(Protocol):
    """A driver, and a way to use its databases as a site would."""

    driver: DatabaseDriver
    errors: type[Exception]
    """What a site's library raises when it is turned away."""

    def make_table(self, database: Database, password: str) -> None: ...

    def say(self, database: Database, password: str, *orders: str) -> None: ...

    def ask(self, database: Database, password: str, question: str) -> Rows: ...


class Mysql:
    errors: type[Exception] = pymysql.MySQLError

    def __init__(self, server: DatabaseServer) -> None:
        self.driver: DatabaseDriver = mysql_driver.Driver(LocalHost(), server, "")

    def open(self, database: Database, password: str) -> pymysql.connections.Connection[Any]:
        told = self.driver.connection(database, password)
        return pymysql.connect(
            unix_socket=told["unix_socket"] or None,
            host=told["host"],
            port=int(told["port"] or 0),
            user=told["username"],
            password=told["password"],
            database=told["database"],
            charset="utf8mb4",
            autocommit=True,
        )

    def make_table(self, database: Database, password: str) -> None:
        self.say(database, password, "CREATE TABLE node (nid INT PRIMARY KEY)")

    def say(self, database: Database, password: str, *orders: str) -> None:
        with self.open(database, password) as session, session.cursor() as cursor:
            for order in orders:
                cursor.execute(order)

    def ask(self, database: Database, password: str, question: str) -> Rows:
        with self.open(database, password) as session, session.cursor() as cursor:
            cursor.execute(question)
            return list(cursor.fetchall())


class Sqlite:
    errors: type[Exception] = sqlite3.Error

    def __init__(self, server: DatabaseServer) -> None:
        self.driver: DatabaseDriver = sqlite_driver.Driver(LocalHost(), server, "")

    @contextmanager
    def open(self, database: Database, password: str) -> Iterator[sqlite3.Connection]:
        path = self.driver.connection(database, password)["database"]
        with _as_owner(), closing(sqlite3.connect(path)) as session, session:
            yield session

    def make_table(self, database: Database, password: str) -> None:
        self.say(database, password, "CREATE TABLE node (nid INTEGER PRIMARY KEY)")

    def say(self, database: Database, password: str, *orders: str) -> None:
        with self.open(database, password) as session:
            for order in orders:
                session.execute(order)

    def ask(self, database: Database, password: str, question: str) -> Rows:
        with self.open(database, password) as session:
            return session.execute(question).fetchall()


@contextmanager
def _as_owner() -> Iterator[None]:
    """As the user whom the databases below belong to."""
    if os.geteuid() != 0:
        yield
        return
    with being_normal_user():
        yield


@pytest.fixture
def root_for_sqlite() -> Iterator[Path]:
    """A directory that every user can pass through."""
    with tempfile.TemporaryDirectory(prefix="aegir-sqlite-") as made:
        Path(made).chmod(0o711)
        yield Path(made)


@pytest.fixture(params=["mysql by socket", "mysql by TCP", "sqlite"])
def product(request: pytest.FixtureRequest) -> Product:
    if request.param == "sqlite":
        root = request.getfixturevalue("root_for_sqlite")
        owner = NORMAL_USER if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
        return Sqlite(DatabaseServer(driver="sqlite", root=str(root), file_user=owner))
    mariadb: MariaDb = request.getfixturevalue("mariadb")
    tcp = replace(mariadb.tcp_server, grant_hosts=("127.0.0.1", "192.0.2.7"))
    return Mysql(mariadb.server if request.param == "mysql by socket" else tcp)


@pytest.fixture
def database(product: Product) -> Iterator[Database]:
    number = next(NUMBERS)
    yield (made := Database(f"contract_{number}", f"contract_{number}"))
    product.driver.drop(made)


@pytest.fixture
def other(product: Product, database: Database) -> Iterator[Database]:
    """A second one, created and empty."""
    made = Database(f"{database.name}_to", f"{database.user}_to")
    product.driver.create(made, PASSWORD)
    yield made
    product.driver.drop(made)
