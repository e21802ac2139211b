"""What every database driver promises, held against a real MariaDB and real SQLite files."""

from __future__ import annotations

import itertools
import os
import pwd
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import pymysql
import pytest

from aegir.drivers.database import Database, DatabaseDriver, DatabaseServer, Presence
from aegir.drivers.database import mysql as mysql_driver
from aegir.drivers.database import sqlite as sqlite_driver
from aegir.drivers.host.local import Driver as LocalHost
from aegir.errors import Broken
from tests.live.mariadb import MariaDb

PASSWORD = 'it\'s "hard" \\ to `quote` %s'
NUMBERS = itertools.count(1)
ABSENT = Presence(database=False, user=False, tables=0)


class Product(Protocol):
    """A driver, and a way to use its databases as a site would."""

    driver: DatabaseDriver

    def make_table(self, database: Database, password: str) -> None: ...


class Mysql:
    def __init__(self, mariadb: MariaDb, server: DatabaseServer) -> None:
        self.driver: DatabaseDriver = mysql_driver.Driver(LocalHost(), server, "")
        self._mariadb = mariadb

    def make_table(self, database: Database, password: str) -> None:
        told = self.driver.connection(database, password)
        with pymysql.connect(
            unix_socket=told["unix_socket"] or None,
            host=told["host"],
            port=int(told["port"] or 0),
            user=told["username"],
            password=told["password"],
            database=told["database"],
        ) as session:
            session.cursor().execute("CREATE TABLE node (nid INT PRIMARY KEY)")


class Sqlite:
    def __init__(self, server: DatabaseServer) -> None:
        self.driver: DatabaseDriver = sqlite_driver.Driver(LocalHost(), server, "")

    def make_table(self, database: Database, password: str) -> None:
        with sqlite3.connect(self.driver.connection(database, password)["database"]) as session:
            session.execute("CREATE TABLE node (nid INTEGER PRIMARY KEY)")


@pytest.fixture(params=["mysql by socket", "mysql by TCP", "sqlite"])
def product(request: pytest.FixtureRequest, tmp_path: Path) -> Product:
    if request.param == "sqlite":
        owner = pwd.getpwuid(os.geteuid()).pw_name
        return Sqlite(DatabaseServer(driver="sqlite", root=str(tmp_path), file_user=owner))
    mariadb = request.getfixturevalue("mariadb")
    tcp = replace(mariadb.tcp_server, grant_hosts=("127.0.0.1", "192.0.2.7"))
    return Mysql(mariadb, mariadb.server if request.param == "mysql by socket" else tcp)


@pytest.fixture
def database(product: Product) -> Iterator[Database]:
    number = next(NUMBERS)
    yield (made := Database(f"contract_{number}", f"contract_{number}"))
    product.driver.drop(made)


def test_ping_names_product_and_version(product: Product) -> None:
    name, version = product.driver.ping().split(" ")

    assert name in ("MariaDB", "MySQL", "SQLite")
    assert all(part.isdigit() for part in version.split("."))


def test_nothing_is_there_before_create(product: Product, database: Database) -> None:
    assert product.driver.presence(database) == ABSENT


def test_create_makes_database_and_user(product: Product, database: Database) -> None:
    product.driver.create(database, PASSWORD)

    assert product.driver.presence(database) == Presence(database=True, user=True, tables=0)


def test_a_site_can_use_what_was_created(product: Product, database: Database) -> None:
    product.driver.create(database, PASSWORD)

    product.make_table(database, PASSWORD)

    assert product.driver.presence(database).tables == 1


def test_create_again_keeps_the_data_and_lets_the_new_password_in(
    product: Product, database: Database
) -> None:
    product.driver.create(database, "the old password")
    product.driver.create(database, PASSWORD)

    product.make_table(database, PASSWORD)
    product.driver.create(database, PASSWORD)

    assert product.driver.presence(database).tables == 1


def test_drop_leaves_nothing(product: Product, database: Database) -> None:
    product.driver.create(database, PASSWORD)
    product.make_table(database, PASSWORD)

    product.driver.drop(database)

    assert product.driver.presence(database) == ABSENT


def test_drop_of_what_is_not_there_is_fine(product: Product, database: Database) -> None:
    product.driver.drop(database)
    product.driver.drop(database)

    assert product.driver.presence(database) == ABSENT


def test_drop_spares_the_neighbour(product: Product, database: Database) -> None:
    neighbour = Database(f"{database.name}_b", f"{database.user}_b")
    product.driver.create(database, PASSWORD)
    product.driver.create(neighbour, PASSWORD)
    product.make_table(neighbour, PASSWORD)

    product.driver.drop(database)

    assert product.driver.presence(neighbour) == Presence(database=True, user=True, tables=1)
    product.driver.drop(neighbour)


def test_proving_leaves_nothing(product: Product) -> None:
    product.driver.prove(7)

    assert product.driver.presence(Database("aegir_probe_7", "aegir_probe_7")) == ABSENT


def test_proving_works_over_the_remains_of_an_earlier_attempt(product: Product) -> None:
    product.driver.create(Database("aegir_probe_8", "aegir_probe_8"), PASSWORD)

    product.driver.prove(8)

    assert product.driver.presence(Database("aegir_probe_8", "aegir_probe_8")) == ABSENT


def test_connection_tells_everything_as_strings(product: Product, database: Database) -> None:
    told = product.driver.connection(database, PASSWORD)

    assert set(told) == {"driver", "database", "username", "password", "host", "port", "unix_socket"}
    assert all(isinstance(value, str) for value in told.values())


@pytest.mark.parametrize(
    "name",
    ["", "..", "../x", "a/b", "a`b", "a'b", "a b", "a%", "A", "ä", "a\n", "x" * 33, "mysql", "root", "a\\"],
)
def test_names_that_are_no_identifiers_are_turned_away_everywhere(product: Product, name: str) -> None:
    bad = Database(name, name)

    for attempt in (
        lambda: product.driver.create(bad, PASSWORD),
        lambda: product.driver.drop(bad),
        lambda: product.driver.presence(bad),
        lambda: product.driver.connection(bad, PASSWORD),
    ):
        with pytest.raises(Broken, match="no name for a database"):
            attempt()
