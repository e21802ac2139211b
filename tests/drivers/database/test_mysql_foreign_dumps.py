"""Dumps from anywhere, and those that want harm, loaded into MySQL and MariaDB."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from aegir.drivers.database import Database
from aegir.drivers.database.mysql import Driver
from aegir.errors import Broken
from tests.drivers.database.pairs import OWNERS, PASSWORD, ask, databases, driver, target
from tests.live.mariadb import MariaDb

__all__ = ["databases", "driver", "target"]


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


def test_an_old_dump_loads(mariadb: MariaDb, driver: Driver, target: Database) -> None:
    driver.load(target, PASSWORD, io.BytesIO(OLD))

    assert ask(mariadb, target, "SELECT nid, title, CAST(created AS CHAR) FROM node ORDER BY nid") == [
        (1, "café", "0000-00-00 00:00:00"),
        (2, "it's", "2009-01-02 03:04:05"),
    ]
    assert ask(mariadb, target, "SELECT title FROM titles LIMIT 1") == [("café",)]
    assert ask(mariadb, target, OWNERS) == [(f"{target.user}@localhost",)]


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

    assert ask(mariadb, target, "SHOW TABLES") == [("a",)]
    assert ask(mariadb, target, "SELECT t FROM a") == [("x",)]


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
    assert ask(mariadb, databases[1], "SELECT * FROM ready") == []
