"""What the contract suite does not ask of MySQL and MariaDB: who may reach what, what is said of errors."""

from __future__ import annotations

import io
import itertools
import re
import socket
import traceback
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pymysql
import pytest

from aegir.drivers.database import Database, DatabaseServer, Presence, statements
from aegir.drivers.database.mysql import WORD, Driver
from aegir.drivers.database.statements import Statement
from aegir.drivers.host.memory import Driver as Memory
from aegir.errors import Broken, Unreachable
from tests.live.mariadb import MariaDb

PASSWORD = "only-for-this-test"
NUMBERS = itertools.count(1)


def _driver(server: DatabaseServer, password: str = "") -> Driver:
    return Driver(Memory(), server, password)


@pytest.fixture
def driver(mariadb: MariaDb) -> Driver:
    return _driver(mariadb.server)


@pytest.fixture
def database(driver: Driver) -> Iterator[Database]:
    number = next(NUMBERS)
    yield (made := Database(f"mysql_test_{number}", f"mysql_test_{number}"))
    driver.drop(made)


@pytest.fixture
def administrator(mariadb: MariaDb) -> Iterator[str]:
    """One with a password, who may do nothing but log in."""
    mariadb.query("CREATE USER weak@localhost IDENTIFIED BY 'weak-password'")
    yield "weak"
    mariadb.query("DROP USER weak@localhost")


def test_the_version_names_mariadb(driver: Driver) -> None:
    assert re.fullmatch(r"MariaDB 1\d\.\d+\.\d+", driver.ping())


def test_an_underscore_in_a_name_is_no_wildcard(mariadb: MariaDb, driver: Driver) -> None:
    site, other = Database("wild_a_b", "wild_a_b"), Database("wild_axb", "wild_axb")
    try:
        driver.create(site, PASSWORD)
        driver.create(other, PASSWORD)
        mariadb.query("CREATE TABLE wild_axb.secrets (word TEXT)")

        with mariadb.connect("wild_a_b", PASSWORD) as session, session.cursor() as cursor:
            cursor.execute("SHOW DATABASES")
            assert {name for (name,) in cursor.fetchall()} == {"information_schema", "wild_a_b"}
            with pytest.raises(pymysql.OperationalError, match="denied"):
                cursor.execute("SELECT * FROM wild_axb.secrets")
    finally:
        driver.drop(site)
        driver.drop(other)


def test_a_site_may_do_what_drupal_needs_and_no_more(
    mariadb: MariaDb, driver: Driver, database: Database
) -> None:
    driver.create(database, PASSWORD)

    grants = [str(line) for (line,) in mariadb.query(f"SHOW GRANTS FOR {database.user}@localhost")]

    pattern = database.name.replace("_", r"\_")
    assert [line.partition(" TO ")[0] for line in grants] == [
        "GRANT USAGE ON *.*",
        "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, REFERENCES, INDEX, ALTER, "
        "CREATE TEMPORARY TABLES, LOCK TABLES, EXECUTE, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, "
        rf"ALTER ROUTINE, EVENT, TRIGGER ON `{pattern}`.*",
    ]


def test_a_user_is_let_in_from_the_named_hosts_alone(mariadb: MariaDb, database: Database) -> None:
    driver = _driver(replace(mariadb.server, grant_hosts=("localhost", "192.0.2.%")))
    driver.create(database, PASSWORD)

    hosts = mariadb.query("SELECT Host FROM mysql.user WHERE User = %s", database.user)

    assert {host for (host,) in hosts} == {"localhost", "192.0.2.%"}
    with pytest.raises(pymysql.OperationalError, match="denied"):
        pymysql.connect(host="127.0.0.1", port=mariadb.port, user=database.user, password=PASSWORD)


def test_dropping_takes_the_user_of_hosts_that_are_no_longer_named(
    mariadb: MariaDb, driver: Driver, database: Database
) -> None:
    _driver(replace(mariadb.server, grant_hosts=("192.0.2.1", "192.0.2.2"))).create(database, PASSWORD)

    driver.drop(database)

    assert mariadb.query("SELECT Host FROM mysql.user WHERE User = %s", database.user) == []
    assert mariadb.query("SELECT Db FROM mysql.db WHERE User = %s", database.user) == []


def test_the_old_password_is_no_longer_good(mariadb: MariaDb, driver: Driver, database: Database) -> None:
    driver.create(database, "the-old-one")
    driver.create(database, PASSWORD)

    with pytest.raises(pymysql.OperationalError, match="denied"):
        mariadb.connect(database.user, "the-old-one")
    mariadb.connect(database.user, PASSWORD).close()


def test_new_databases_keep_four_byte_characters(
    mariadb: MariaDb, driver: Driver, database: Database
) -> None:
    driver.create(database, PASSWORD)

    assert mariadb.query(
        "SELECT default_character_set_name, default_collation_name FROM information_schema.schemata "
        "WHERE schema_name = %s",
        database.name,
    ) == [("utf8mb4", "utf8mb4_general_ci")]


@pytest.mark.parametrize(
    ("half", "seen"),
    [
        ("CREATE DATABASE `{0}`", Presence(database=True, user=False, tables=0)),
        ("CREATE USER `{0}`@localhost", Presence(database=False, user=True, tables=0)),
        ("CREATE USER `{0}`@`192.0.2.9`", Presence(database=False, user=True, tables=0)),
    ],
)
def test_what_was_made_half_is_seen_completed_and_dropped(
    mariadb: MariaDb, driver: Driver, database: Database, half: str, seen: Presence
) -> None:
    mariadb.query(half.format(database.name))
    assert driver.presence(database) == seen

    driver.create(database, PASSWORD)
    mariadb.connect(database.user, PASSWORD, database.name).close()
    driver.drop(database)

    assert driver.presence(database) == Presence(database=False, user=False, tables=0)


def test_an_unfinished_transaction_does_not_hold_up_dropping(
    mariadb: MariaDb, driver: Driver, database: Database
) -> None:
    driver.create(database, PASSWORD)
    visitor = mariadb.connect(database.user, PASSWORD, database.name)
    with visitor.cursor() as cursor:
        cursor.execute("CREATE TABLE node (nid INT PRIMARY KEY)")
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO node VALUES (1)")

        driver.drop(database)

        with pytest.raises(pymysql.OperationalError):
            cursor.execute("SELECT 1")
    assert driver.presence(database) == Presence(database=False, user=False, tables=0)


def test_a_connection_that_ended_by_itself_does_not_hold_up_dropping(
    driver: Driver, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.create(database, PASSWORD)
    none = statements.connections(database)
    listed = itertools.chain([Statement("SELECT 4000000000")], itertools.repeat(none))
    monkeypatch.setattr(statements, "connections", lambda database: next(listed))

    driver.drop(database)

    assert driver.presence(database) == Presence(database=False, user=False, tables=0)


def test_the_administrator_is_never_dropped_or_given_to_a_site(mariadb: MariaDb) -> None:
    mariadb.query("GRANT ALL ON *.* TO boss@localhost IDENTIFIED BY 'boss-password' WITH GRANT OPTION")
    driver = _driver(replace(mariadb.server, user="boss"), "boss-password")

    for attempt in (driver.drop, lambda database: driver.create(database, PASSWORD)):
        with pytest.raises(Broken, match="has «boss» as its administrator"):
            attempt(Database("boss_site", "boss"))

    assert driver.ping()
    mariadb.query("DROP USER boss@localhost")


@pytest.mark.parametrize("by", ["socket", "tcp"])
def test_a_server_that_is_away_is_unreachable_and_named(tmp_path: Path, by: str) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    away = {
        "socket": DatabaseServer(driver="mysql", socket=f"{tmp_path}/mysql.sock"),
        "tcp": DatabaseServer(driver="mysql", host="127.0.0.1", port=port),
    }[by]
    site = Database("a", "a")

    for attempt in (
        _driver(away).ping,
        lambda: _driver(away).create(site, PASSWORD),
        lambda: _driver(away).drop(site),
        lambda: _driver(away).presence(site),
        lambda: _driver(away).prove(1),
        lambda: _driver(away).size(site),
        lambda: _driver(away).freeze(site),
        lambda: _driver(away).thaw(site),
        lambda: _driver(away).dump(site).__enter__(),
        lambda: _driver(away).load(site, PASSWORD, io.BytesIO(b"SELECT 1;")),
        lambda: _driver(away).copy(site, Database("b", "b"), PASSWORD),
    ):
        with pytest.raises(Unreachable, match=f"{tmp_path}/mysql.sock|127.0.0.1, port {port}"):
            attempt()


def test_a_server_that_dies_and_comes_back() -> None:
    with MariaDb() as mariadb:
        driver = _driver(mariadb.server)
        mariadb.pause()
        with pytest.raises(Unreachable):
            driver.ping()

        mariadb.start()

        assert driver.ping().startswith("MariaDB")


def test_a_wrong_password_is_broken_and_not_shown(mariadb: MariaDb, administrator: str) -> None:
    wrong = "a-wrong-password"

    with pytest.raises(Broken, match=f"does not let «{administrator}» do that") as broken:
        _driver(replace(mariadb.server, user=administrator), wrong).ping()

    assert wrong not in "".join(traceback.format_exception(broken.value))


def test_missing_privileges_are_broken(mariadb: MariaDb, administrator: str, database: Database) -> None:
    driver = _driver(replace(mariadb.server, user=administrator), "weak-password")

    with pytest.raises(Broken, match="correct the password or privileges"):
        driver.create(database, PASSWORD)


def test_a_password_that_the_server_quotes_is_not_shown(
    driver: Driver, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    nonsense = Statement("NONSENSE %s", (PASSWORD,))
    monkeypatch.setattr(statements, "create", lambda database, password, hosts: [nonsense])

    with pytest.raises(Broken, match=r"says no: .*•••.*\(1064\)") as broken:
        driver.create(database, PASSWORD)

    assert PASSWORD not in "".join(traceback.format_exception(broken.value))


def test_proving_finds_a_server_that_spoils_characters(
    driver: Driver, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = statements.probe(WORD)
    monkeypatch.setattr(statements, "probe", lambda word: (*whole[:-1], Statement("SELECT '?gir'")))

    with pytest.raises(Broken, match="does not keep four-byte characters"):
        driver.prove(3)

    probe = Database("aegir_probe_3", "aegir_probe_3")
    assert driver.presence(probe) == Presence(database=False, user=False, tables=0)


@pytest.mark.parametrize(
    ("server", "host", "port", "unix_socket"),
    [
        (DatabaseServer("mysql", socket="/run/mysql.sock"), "localhost", "", "/run/mysql.sock"),
        (DatabaseServer("mysql", host="db.example.org", port=3307), "db.example.org", "3307", ""),
        (DatabaseServer("mysql", host="localhost", port=3307), "127.0.0.1", "3307", ""),
    ],
)
def test_connection_leads_php_to_the_same_server(
    server: DatabaseServer, host: str, port: str, unix_socket: str
) -> None:
    assert _driver(server).connection(Database("name", "user"), PASSWORD) == {
        "driver": "mysql",
        "database": "name",
        "username": "user",
        "password": PASSWORD,
        "host": host,
        "port": port,
        "unix_socket": unix_socket,
    }
