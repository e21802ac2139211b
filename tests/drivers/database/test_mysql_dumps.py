"""Dumps of MySQL and MariaDB: all that a database can hold, dumps from anywhere, and those that want harm."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pymysql
import pytest

from aegir.drivers.database import Database, statements
from aegir.drivers.database.mysql import Driver
from aegir.drivers.database.mysql_clients import Clients
from aegir.drivers.database.statements import Statement
from aegir.drivers.host.local import Driver as Local
from aegir.errors import Broken
from tests.live.mariadb import MariaDb

PASSWORD = "only-for-this-test"
NUMBERS = itertools.count(1)

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
OWNERS = (
    "SELECT definer FROM information_schema.triggers WHERE trigger_schema = DATABASE() "
    "UNION SELECT definer FROM information_schema.views WHERE table_schema = DATABASE() "
    "UNION SELECT definer FROM information_schema.routines WHERE routine_schema = DATABASE() "
    "UNION SELECT definer FROM information_schema.events WHERE event_schema = DATABASE()"
)

OLD = b"""-- MySQL dump 10.13  Distrib 5.1.73, for debian-linux-gnu (x86_64)
--
-- Host: localhost    Database: shop
-- ------------------------------------------------------
-- Server version\t5.1.73-1

/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
/*!40101 SET NAMES utf8 */;
/*!40101 SET @OLD_SQL_MODE=@@SQL_MODE, SQL_MODE='NO_AUTO_VALUE_ON_ZERO' */;

CREATE DATABASE /*!32312 IF NOT EXISTS*/ `shop` /*!40100 DEFAULT CHARACTER SET latin1 */;

USE `shop`;
DROP TABLE IF EXISTS `node`;
/*!40101 SET @saved_cs_client     = @@character_set_client */;
/*!40101 SET character_set_client = utf8 */;
CREATE TABLE `node` (
  `nid` int(10) unsigned NOT NULL AUTO_INCREMENT,
  `title` varchar(255) NOT NULL DEFAULT '',
  `created` datetime NOT NULL DEFAULT '0000-00-00 00:00:00',
  PRIMARY KEY (`nid`)
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=latin1 ROW_FORMAT=FIXED;
/*!40101 SET character_set_client = @saved_cs_client */;
LOCK TABLES `node` WRITE;
/*!40000 ALTER TABLE `node` DISABLE KEYS */;
INSERT INTO `node` VALUES (1,'caf\xc3\xa9','0000-00-00 00:00:00'),(2,'it\\'s','2009-01-02 03:04:05');
/*!40000 ALTER TABLE `node` ENABLE KEYS */;
UNLOCK TABLES;
/*!50003 SET @saved_sql_mode       = @@sql_mode */ ;
DELIMITER ;;
/*!50003 CREATE*/ /*!50017 DEFINER=`gone`@`10.0.0.1`*/ /*!50003 TRIGGER t BEFORE INSERT ON node FOR EACH ROW
SET NEW.title = 'new' */;;
DELIMITER ;
/*!50003 SET sql_mode              = @saved_sql_mode */ ;
/*!50001 CREATE ALGORITHM=UNDEFINED */
/*!50013 DEFINER=`gone`@`10.0.0.1` SQL SECURITY DEFINER */
/*!50001 VIEW `titles` AS select `node`.`title` AS `title` from `node` */;
/*!40101 SET SQL_MODE=@OLD_SQL_MODE */;

-- Dump completed on 2014-05-06  7:08:09
"""


@pytest.fixture
def driver(mariadb: MariaDb) -> Driver:
    return Driver(Local(), mariadb.server, "")


@pytest.fixture
def databases(driver: Driver) -> Iterator[tuple[Database, Database]]:
    """Two that are there and empty."""
    number = next(NUMBERS)
    made = Database(f"dumped_{number}", f"dumped_{number}"), Database(f"loaded_{number}", f"loaded_{number}")
    for database in made:
        driver.create(database, PASSWORD)
    yield made
    for database in made:
        driver.drop(database)


@pytest.fixture
def target(databases: tuple[Database, Database]) -> Database:
    return databases[1]


def _ask(mariadb: MariaDb, database: Database, question: str) -> list[tuple[object, ...]]:
    with mariadb.connect(database="mysql") as session, session.cursor() as cursor:
        cursor.execute(f"USE {database.name}")
        cursor.execute(question)
        return list(cursor.fetchall())


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
        assert _ask(mariadb, target, question) == _ask(mariadb, source, question) != []
    assert _ask(mariadb, target, OWNERS) == [(f"{target.user}@localhost",)]
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


def test_an_old_dump_loads(mariadb: MariaDb, driver: Driver, target: Database) -> None:
    driver.load(target, PASSWORD, io.BytesIO(OLD))

    assert _ask(mariadb, target, "SELECT nid, title, CAST(created AS CHAR) FROM node ORDER BY nid") == [
        (1, "café", "0000-00-00 00:00:00"),
        (2, "it's", "2009-01-02 03:04:05"),
    ]
    assert _ask(mariadb, target, "SELECT title FROM titles LIMIT 1") == [("café",)]
    assert _ask(mariadb, target, OWNERS) == [(f"{target.user}@localhost",)]


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"\n\n",
        b"CREATE TABLE a (t TEXT);\nINSERT INTO a VALUES ('cut in a string &amp;",
        b"CREATE TABLE a (t TEXT);\nINSERT INTO a VALUES ('whole'),('and');\nINSERT INTO a VALUES ('x')",
        b"CREATE TABLE a (t TEXT);\nINSERT INTO a",
        b"CREATE TABLE a (t TEXT);\nCREATE TABLE `b",
        b"CREATE TABLE a (t TEXT);\n/* cut in a comment",
        b"-- MySQL dump 10.13  Distrib 5.1.73\n\nCREATE TABLE a (t TEXT);\n",
    ],
)
def test_dumps_that_are_cut_short_are_told_by_how_they_end(
    driver: Driver, target: Database, text: bytes
) -> None:
    with pytest.raises(Broken):
        driver.load(target, PASSWORD, io.BytesIO(text))


@pytest.mark.parametrize(
    "text",
    [
        b"CREATE TABLE a (t TEXT);\nINSERT INTO a VALUES ('x');",
        b"CREATE TABLE a (t TEXT);\nINSERT INTO a VALUES ('x');\n-- the end",
        b"CREATE TABLE a (t TEXT);\r\nLOCK TABLES a WRITE;\r\nINSERT INTO a VALUES ('x');\r\n",
        b"DELIMITER $$\nCREATE TABLE a (t TEXT)$$\nINSERT INTO a VALUES ('x')$$\n",
        b"SET autocommit = 0;\nCREATE TABLE a (t TEXT);\nINSERT INTO a VALUES ('x');\nCOMMIT;",
    ],
)
def test_whole_dumps_of_other_programs_load(
    mariadb: MariaDb, driver: Driver, target: Database, text: bytes
) -> None:
    driver.load(target, PASSWORD, io.BytesIO(text))

    assert _ask(mariadb, target, "SHOW TABLES") == [("a",)]
    assert _ask(mariadb, target, "SELECT t FROM a") == [("x",)]


def _harm(where: str) -> dict[str, str]:
    return {
        "shell": f"\\! touch {where}/harm",
        "system": f"system touch {where}/harm",
        "inside a line": f"SELECT 1 \\! touch {where}/harm\n;",
        "tee": f"tee {where}/harm\nSELECT 1;",
        "tee, short": f"\\T {where}/harm\nSELECT 1;",
        "pager": f"pager touch {where}/harm\nSELECT 1;",
        "source": f"source {where}/more.sql",
        "source, short": f"\\. {where}/more.sql",
        "editor": "edit",
        "another server": "\\r mysql 127.0.0.1",
        "another database": "INSERT INTO victim.node VALUES (666);",
        "another database, used": "USE victim\nINSERT INTO node VALUES (666);",
        "privileges": "GRANT ALL ON *.* TO CURRENT_USER();",
        "accounts": "CREATE USER intruder@localhost;",
        "server's tables": "INSERT INTO mysql.user (Host, User) VALUES ('%', 'intruder');",
        "reading a file": "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE ready;",
        "reading a file of the server": "LOAD DATA INFILE '/etc/passwd' INTO TABLE ready;",
        "writing a file": f"SELECT 1 INTO OUTFILE '{where}/harm';",
        "settings": "SET GLOBAL general_log = 1;",
        "an owner": "/* */ CREATE DEFINER=`root`@`localhost` VIEW v AS SELECT 1;",
        "an owner, next line": "CREATE\nDEFINER=`root`@`localhost` PROCEDURE p() SELECT 1;",
        "a program": "CREATE FUNCTION sys_exec RETURNS int SONAME 'x.so';",
    }


@pytest.mark.parametrize("kind", list(_harm("")))
def test_a_hostile_dump_achieves_nothing(
    mariadb: MariaDb, driver: Driver, databases: tuple[Database, Database], tmp_path: Path, kind: str
) -> None:
    tmp_path.chmod(0o777)
    (tmp_path / "more.sql").write_text(f"\\! touch {tmp_path}/harm\n")
    mariadb.query("CREATE DATABASE IF NOT EXISTS victim")
    mariadb.query("CREATE OR REPLACE TABLE victim.node (nid INT)")
    text = f"CREATE TABLE ready (t TEXT);\n{_harm(str(tmp_path))[kind]}\n"

    with pytest.raises(Broken):
        driver.load(databases[1], PASSWORD, io.BytesIO(text.encode()))

    assert [path.name for path in tmp_path.iterdir()] == ["more.sql"]
    assert mariadb.query("SELECT * FROM victim.node") == []
    assert mariadb.query("SELECT User FROM mysql.user WHERE User = 'intruder'") == []
    assert mariadb.query("SELECT @@global.general_log") == [(0,)]
    assert _ask(mariadb, databases[1], "SELECT * FROM ready") == []


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


def test_freezing_ends_connections_and_events_on_all_hosts(
    mariadb: MariaDb, driver: Driver, target: Database
) -> None:
    visitor = mariadb.connect(target.user, PASSWORD, target.name)
    with visitor.cursor() as cursor:
        cursor.execute("CREATE TABLE node (nid INT PRIMARY KEY) ENGINE=InnoDB")
        cursor.execute(
            "CREATE EVENT busy ON SCHEDULE EVERY 1 SECOND DO INSERT INTO node VALUES (UUID_SHORT())"
        )
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO node VALUES (1)")

        driver.freeze(target)

        with pytest.raises(pymysql.MySQLError):
            cursor.execute("COMMIT")
    assert mariadb.query(f"SELECT * FROM {target.name}.node") == []
    assert _may_have_events(mariadb, target) == {"N"}

    replacing = Driver(Local(), replace(mariadb.server, grant_hosts=("localhost", "127.0.0.1")), "")
    replacing.create(target, PASSWORD)

    assert replacing.presence(target).frozen
    assert _may_have_events(mariadb, target) == {"N"}
    replacing.thaw(target)
    assert not replacing.presence(target).frozen
    assert _may_have_events(mariadb, target) == {"Y"}


def _may_have_events(mariadb: MariaDb, database: Database) -> set[object]:
    return {may for (may,) in mariadb.query("SELECT Event_priv FROM mysql.db WHERE User = %s", database.user)}
