"""The very words for MySQL and MariaDB.

MariaDB takes them in the live tests. Debian has no MySQL 8, so what keeps them in its syntax is this list:
accounts made by CREATE USER … IDENTIFIED BY and never by GRANT, no PASSWORD(), no engine or plugin names.
"""

from __future__ import annotations

from aegir.drivers.database import Database, statements

SITE = Database("d10_a", "u10_a")
MAY = (
    "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX, ALTER, CREATE TEMPORARY TABLES, LOCK TABLES, "
    "REFERENCES, TRIGGER, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, EXECUTE, EVENT"
)
CREATE = [
    ("CREATE DATABASE IF NOT EXISTS `d10_a` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", ()),
    ("CREATE USER IF NOT EXISTS %s@%s IDENTIFIED BY %s", ("u10_a", "localhost", "word")),
    ("ALTER USER %s@%s IDENTIFIED BY %s", ("u10_a", "localhost", "word")),
    (
        r"GRANT " + MAY + r" ON `d10\_a`.* TO %s@%s",
        ("u10_a", "localhost"),
    ),
    ("CREATE USER IF NOT EXISTS %s@%s IDENTIFIED BY %s", ("u10_a", "10.0.0.%", "word")),
    ("ALTER USER %s@%s IDENTIFIED BY %s", ("u10_a", "10.0.0.%", "word")),
    (
        r"GRANT " + MAY + r" ON `d10\_a`.* TO %s@%s",
        ("u10_a", "10.0.0.%"),
    ),
]


def test_creating() -> None:
    said = statements.create(SITE, "word", ["localhost", "10.0.0.%"])

    assert [(one.sql, one.arguments) for one in said] == CREATE


def test_dropping() -> None:
    users = statements.drop_users(SITE, ["localhost", "10.0.0.%"])

    assert [(one.sql, one.arguments) for one in users] == [
        ("DROP USER IF EXISTS %s@%s", ("u10_a", "localhost")),
        ("DROP USER IF EXISTS %s@%s", ("u10_a", "10.0.0.%")),
    ]
    assert statements.drop_database(SITE).sql == "DROP DATABASE IF EXISTS `d10_a`"


def test_asking_and_killing() -> None:
    assert [
        (one.sql, one.arguments)
        for one in (
            statements.user_hosts(SITE),
            statements.databases(SITE),
            statements.tables(SITE),
            statements.connections(SITE),
            statements.kill(12),
        )
    ] == [
        ("SELECT Host FROM mysql.user WHERE User = %s", ("u10_a",)),
        ("SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = %s", ("d10_a",)),
        ("SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = %s", ("d10_a",)),
        ("SELECT ID FROM information_schema.processlist WHERE USER = %s", ("u10_a",)),
        ("KILL 12", ()),
    ]


def test_freezing_and_thawing() -> None:
    frozen = statements.freeze(SITE, ["localhost"])
    thawed = statements.thaw(SITE, ["localhost"])

    assert [(one.sql, one.arguments) for one in frozen] == [
        ("ALTER USER %s@%s ACCOUNT LOCK", ("u10_a", "localhost")),
        (r"GRANT EVENT ON `d10\_a`.* TO %s@%s", ("u10_a", "localhost")),
        (r"REVOKE EVENT ON `d10\_a`.* FROM %s@%s", ("u10_a", "localhost")),
    ]
    assert [(one.sql, one.arguments) for one in thawed] == [
        (r"GRANT EVENT ON `d10\_a`.* TO %s@%s", ("u10_a", "localhost")),
        ("ALTER USER %s@%s ACCOUNT UNLOCK", ("u10_a", "localhost")),
    ]
    assert statements.account(SITE, "localhost").sql == "SHOW CREATE USER %s@%s"


def test_copying() -> None:
    target = Database("new", "new")

    assert [
        one.sql
        for one in (
            statements.structure(SITE, "odd`50%"),
            *statements.copying(),
            statements.copy_rows(SITE, target, "node", ["nid", "a`b"]),
            statements.row_count(SITE, "100%"),
        )
    ] == [
        "SHOW CREATE TABLE `d10_a`.`odd``50%%`",
        "SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO', unique_checks = 0, foreign_key_checks = 0 "
        "/*M! , innodb_strict_mode = 0 */",
        "SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        "INSERT INTO `new`.`node` (`nid`, `a``b`) SELECT `nid`, `a``b` FROM `d10_a`.`node`",
        "SELECT COUNT(*) FROM `d10_a`.`100%%`",
    ]


def test_looking_for_what_is_there() -> None:
    assert [
        (one.sql, one.arguments)
        for one in (
            statements.caches(SITE),
            statements.contents(SITE),
            statements.columns(SITE),
            statements.size(SITE),
            statements.make_mark(SITE, "mark_1"),
            statements.marked(SITE, "mark_1"),
        )
    ] == [
        (
            "SELECT table_name FROM information_schema.tables WHERE table_schema = %s AND table_type = "
            "'BASE TABLE' AND (table_name LIKE %s OR table_name LIKE %s) ORDER BY table_name",
            ("d10_a", "cache", r"cache\_%"),
        ),
        (
            "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = %s "
            "ORDER BY COALESCE(data_length + index_length, 0) DESC, table_name",
            ("d10_a",),
        ),
        (
            "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = %s "
            "AND COALESCE(generation_expression, '') = '' ORDER BY table_name, ordinal_position",
            ("d10_a",),
        ),
        (
            "SELECT COALESCE(SUM(data_length + index_length), 0) FROM information_schema.tables "
            "WHERE table_schema = %s",
            ("d10_a",),
        ),
        ("CREATE TABLE `d10_a`.`mark_1` (id INT)", ()),
        (
            "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = %s AND table_name = %s",
            ("d10_a", "mark_1"),
        ),
    ]


def test_what_frames_a_dump() -> None:
    assert statements.before_load() == (
        b"SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO', unique_checks = 0, foreign_key_checks = 0 "
        b"/*M! , innodb_strict_mode = 0 */;\n"
    )
    assert statements.after_load("mark_1") == b"\nDELIMITER ;\nUNLOCK TABLES;\nDROP TABLE `mark_1`;\n"


def test_no_statement_shows_its_arguments() -> None:
    assert "word" not in repr(statements.create(SITE, "word", ["localhost"]))
