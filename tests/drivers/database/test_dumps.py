"""What is changed in a dump that streams by, and what is not."""

from __future__ import annotations

import io

import pytest

from aegir.drivers.database import dumps


def _cleaned(text: bytes) -> bytes:
    return b"".join(dumps.cleaned(io.BytesIO(text)))


@pytest.mark.parametrize(
    ("line", "becomes"),
    [
        (
            b"/*!50003 CREATE*/ /*!50017 DEFINER=`root`@`localhost`*/ /*!50003 TRIGGER t BEFORE */;;",
            b"/*!50003 CREATE*/ /*!50017 */ /*!50003 TRIGGER t BEFORE */;;",
        ),
        (
            b"/*!50013 DEFINER=`ro``ot`@`%` SQL SECURITY DEFINER */",
            b"/*!50013  SQL SECURITY DEFINER */",
        ),
        (b"CREATE DEFINER=`a`@`b` FUNCTION `f`() RETURNS int(11)", b"CREATE  FUNCTION `f`() RETURNS int(11)"),
        (b"CREATE DEFINER = 'a'@'b' PROCEDURE p()", b"CREATE  PROCEDURE p()"),
        (b"CREATE DEFINER=admin@10.0.0.% PROCEDURE p()", b"CREATE  PROCEDURE p()"),
        (b"CREATE DEFINER=`role` PROCEDURE p()", b"CREATE  PROCEDURE p()"),
        (b"CREATE ALGORITHM=MERGE DEFINER=`a`@`b` VIEW v AS", b"CREATE ALGORITHM=MERGE  VIEW v AS"),
        (
            b"/*!50106 CREATE*/ /*!50117 DEFINER=`a`@`b`*/ /*!50106 EVENT `e`",
            b"/*!50106 CREATE*/ /*!50117 */ /*!50106 EVENT `e`",
        ),
        (b"/*!999999\\- enable the sandbox mode */ ", b""),
        (b"/*M!999999\\- enable the sandbox mode */ ", b""),
        (b"CREATE DATABASE /*!32312 IF NOT EXISTS*/ `shop` /*!40100 DEFAULT CHARACTER SET utf8 */;", b""),
        (b"USE `shop`;", b""),
        (b"ALTER DATABASE `shop` CHARACTER SET latin1 COLLATE latin1_swedish_ci ;", b""),
        (b"SET @@SESSION.SQL_LOG_BIN= 0;", b"SET @aegir_left_out= 0;"),
        (b"SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ 'a:1-7,", b"SET @aegir_left_out=/*!80000 '+'*/ 'a:1-7,"),
    ],
)
def test_what_only_its_first_server_would_take_is_left_out(line: bytes, becomes: bytes) -> None:
    before, after = b"-- a comment\n", b"\nINSERT INTO `a` VALUES (1);\n"

    assert _cleaned(before + line + after) == before + becomes + after


@pytest.mark.parametrize(
    "line",
    [
        b"INSERT INTO `a` VALUES ('CREATE DEFINER=`root`@`localhost` PROCEDURE');",
        b"(1,'/*!50013 DEFINER=`root`@`localhost` SQL SECURITY DEFINER */'),",
        b"(2,'USE `shop`;'),",
        b"USE `shop` wisely, it says.",
        b"  CREATE DEFINER=`a`@`b` PROCEDURE p()",
        b"CREATE TABLE `t` (`c` varchar(9) DEFAULT 'DEFINER=x');",
        b"/*!50001 VIEW `v` AS select 'SQL SECURITY DEFINER' AS `x` */;",
    ],
)
def test_rows_and_all_else_stay_as_they_are(line: bytes) -> None:
    assert _cleaned(line) == line


@pytest.mark.parametrize("size", [1, 7, 64, 4096, 1 << 20])
def test_blocks_of_any_size_come_to_the_same(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    long = b"INSERT INTO `a` VALUES ('" + b"CREATE DEFINER=`a`@`b` " * 3000 + b"');\n"
    definer = b"CREATE DEFINER=`a`@`b` PROCEDURE p() SELECT '" + b"x" * 9000 + b"';\n"
    text = b"/*!999999\\- enable the sandbox mode */\n" + (long + definer) * 3 + b"USE `b`;"
    monkeypatch.setattr(dumps, "BLOCK", size)

    assert _cleaned(text) == b"\n" + (long + definer.replace(b"DEFINER=`a`@`b`", b"")) * 3


def test_a_dump_that_tells_its_end_is_cut_short_without_it() -> None:
    def ends(text: bytes) -> dumps.Ends:
        made = dumps.Ends()
        assert b"".join(made.watch(iter([text[:5], text[5:]]))) == text
        return made

    told = b"-- MySQL dump 10.13\n--\nINSERT INTO a VALUES (1);\n"
    for whole in (told + b"-- Dump completed\n", told + b"\n-- Dump completed on 2011-03-04  5:06:07\n\n"):
        assert ends(whole).complete
        assert not ends(whole).cut_short
    assert ends(told).cut_short
    assert ends(told + b"INSERT INTO a VALUES ('-- Dump completed');\n").cut_short
    assert not ends(b"INSERT INTO a VALUES (1);\n").cut_short


def test_blocks_can_be_read_as_a_file() -> None:
    file = dumps.as_file(iter([b"one", b"", b"two\nthree"]))

    assert file.read(4) == b"onet"
    assert file.readline() == b"wo\n"
    assert file.read() == b"three"
    assert file.read(1) == b""
