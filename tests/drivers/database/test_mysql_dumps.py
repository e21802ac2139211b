"""Dumps of MySQL and MariaDB: all that a database can hold arrives."""

from __future__ import annotations

import io
from dataclasses import replace

import pymysql
import pytest

from aegir.drivers.database import Database, statements
from aegir.drivers.database.mysql import Driver
from aegir.drivers.database.mysql_clients import Clients
from aegir.drivers.database.statements import Statement
from aegir.drivers.host.local import Driver as Local
from aegir.errors import Broken
from tests.drivers.database.pairs import OWNERS, PASSWORD, ask, databases, driver, target
from tests.live.mariadb import MariaDb

__all__ = ["databases", "driver", "target"]


STRUCTURE = (
    "CREATE TABLE parent (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(50) CHARACTER SET latin1) "
    "AUTO_INCREMENT = 500",
    "CREATE TABLE a_child (id INT PRIMARY KEY, parent INT, FOREIGN KEY (parent) REFERENCES parent (id))",
    "CREATE TABLE computed (id INT PRIMARY KEY, twice INT AS (id * 2) STORED, thrice INT AS (id * 3))",
    "CREATE TABLE `--result-file=x 100% ``odd``` (`a``b %s` INT)",
    "CREATE TABLE old (id INT AUTO_INCREMENT PRIMARY KEY, at DATETIME NOT NULL) ENGINE=MyISAM",
    "CREATE FUNCTION seven() RETURNS INT DETERMINISTIC RETURN 7",
    "CREATE PROCEDURE many() BEGIN\n  SELECT 1;\n  SELECT 'DEFINER=`x`@`y`';\nEND",
    "CREATE VIEW b_view AS SELECT name, seven() AS n FROM parent",
    "CREATE VIEW a_view AS SELECT * FROM b_view",
    "CREATE TRIGGER doubling BEFORE INSERT ON parent FOR EACH ROW SET NEW.name = CONCAT(NEW.name, '!')",
    "CREATE EVENT nightly ON SCHEDULE EVERY 1 DAY DO DELETE FROM old",
)

ROWS = (
    "INSERT INTO parent VALUES (0, 'Ægir'), (7, 'seven')",
    "INSERT INTO a_child VALUES (1, 7), (2, NULL)",
    "INSERT INTO computed (id) VALUES (4)",
    "INSERT INTO `--result-file=x 100% ``odd``` VALUES (9)",
    "INSERT INTO old VALUES (1, '0000-00-00 00:00:00')",
)

QUESTIONS = (
    "SELECT * FROM parent ORDER BY id",
    "SELECT * FROM a_child ORDER BY id",
    "SELECT * FROM computed",
    "SELECT * FROM `--result-file=x 100% ``odd```",
    "SELECT id, CAST(at AS CHAR) FROM old",
    "SELECT * FROM a_view ORDER BY name",
    "SELECT auto_increment FROM information_schema.tables WHERE table_schema = DATABASE() "
    "AND table_name = 'parent'",
    "SELECT routine_name FROM information_schema.routines WHERE routine_schema = DATABASE() ORDER BY 1",
    "SELECT event_name, status FROM information_schema.events WHERE event_schema = DATABASE()",
)


def _fill(mariadb: MariaDb, database: Database) -> None:
    with mariadb.connect(database=database.name) as session, session.cursor() as cursor:
        cursor.execute("SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO'")
        for order in (*STRUCTURE, *ROWS):
            cursor.execute(order)


@pytest.mark.parametrize("frozen", [False, True])
def test_all_that_a_database_can_hold_arrives_and_has_a_new_owner(
    mariadb: MariaDb, driver: Driver, databases: tuple[Database, Database], frozen: bool
) -> None:
    source, target = databases
    _fill(mariadb, source)
    if frozen:
        driver.freeze(source)

    driver.copy(source, target, PASSWORD)

    for question in QUESTIONS:
        assert ask(mariadb, target, question) == ask(mariadb, source, question) != []
    assert ask(mariadb, target, OWNERS) == [(f"{target.user}@localhost",)]
    assert driver.presence(target).tables == driver.presence(source).tables
    with (
        mariadb.connect(target.user, PASSWORD, target.name) as session,
        pytest.raises(pymysql.IntegrityError, match="foreign key"),
    ):
        session.cursor().execute("INSERT INTO a_child VALUES (3, 12345)")


def test_a_dump_names_neither_databases_nor_owners_nor_commands_of_the_client(
    mariadb: MariaDb, driver: Driver, databases: tuple[Database, Database]
) -> None:
    _fill(mariadb, databases[0])

    with driver.dump(databases[0]) as content:
        text = content.read()

    assert b"\nUSE " not in text
    assert b"DEFINER=`root`" not in text
    assert b"\\- " not in text
    assert text.lstrip().startswith(b"-- M")
    assert text.rstrip().endswith(b"-- Dump completed")


def test_a_table_that_does_not_arrive_whole_is_found(
    mariadb: MariaDb,
    driver: Driver,
    databases: tuple[Database, Database],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _fill(mariadb, databases[0])
    driver.freeze(databases[0])
    monkeypatch.setattr(statements, "row_count", lambda database, table: Statement("SELECT 9"))

    with pytest.raises(Broken, match=r"Of 9 rows of .* arrived"):
        driver.copy(*databases, PASSWORD)


def test_neither_password_is_on_a_command_line_or_in_a_complaint(mariadb: MariaDb, target: Database) -> None:
    mariadb.query("GRANT ALL ON *.* TO boss@localhost IDENTIFIED BY 'boss-password' WITH GRANT OPTION")
    try:
        server = replace(mariadb.server, user="boss")
        driver = Driver(Local(), server, "boss-password")
        clients = Clients(Local(), server)
        with driver.dump(target) as content:
            assert content.read()
        with pytest.raises(Broken) as broken:
            driver.load(target, PASSWORD, io.BytesIO(b"NONSENSE;\n"))
    finally:
        mariadb.query("DROP USER boss@localhost")

    for told in (str(broken.value), *clients.dump(target, []), *clients.load(target)):
        assert "boss-password" not in told
        assert PASSWORD not in told


def test_a_dump_whose_server_dies_is_broken() -> None:
    with MariaDb() as mariadb:
        driver = Driver(Local(), mariadb.server, "")
        site = Database("site", "site")
        driver.create(site, PASSWORD)
        mariadb.query("CREATE TABLE site.node (body LONGTEXT)")
        mariadb.query(
            "INSERT INTO site.node SELECT REPEAT(MD5(seq), 30000) FROM mysql.help_topic, "
            "(SELECT 1 AS seq) AS one LIMIT 40"
        )

        with pytest.raises(Broken):
            _read_while(mariadb, driver, site)


def _read_while(mariadb: MariaDb, driver: Driver, site: Database) -> None:
    """Begin a dump, kill the server, and read what still comes."""
    with driver.dump(site) as content:
        content.read(1 << 20)
        mariadb.pause()
        while content.read(1 << 20):
            continue
