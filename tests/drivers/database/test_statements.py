"""The very words for MySQL and MariaDB.

MariaDB takes them in the live tests. Debian has no MySQL 8, so what keeps them in its syntax is this list:
accounts made by CREATE USER … IDENTIFIED BY and never by GRANT, no PASSWORD(), no engine or plugin names.
"""

from __future__ import annotations

from aegir.drivers.database import Database, statements

SITE = Database("d10_a", "u10_a")
CREATE = [
    ("CREATE DATABASE IF NOT EXISTS `d10_a` CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci", ()),
    ("CREATE USER IF NOT EXISTS %s@%s IDENTIFIED BY %s", ("u10_a", "localhost", "word")),
    ("ALTER USER %s@%s IDENTIFIED BY %s", ("u10_a", "localhost", "word")),
    (
        "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX, ALTER, CREATE TEMPORARY TABLES, "
        r"LOCK TABLES ON `d10\_a`.* TO %s@%s",
        ("u10_a", "localhost"),
    ),
    ("CREATE USER IF NOT EXISTS %s@%s IDENTIFIED BY %s", ("u10_a", "10.0.0.%", "word")),
    ("ALTER USER %s@%s IDENTIFIED BY %s", ("u10_a", "10.0.0.%", "word")),
    (
        "GRANT SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX, ALTER, CREATE TEMPORARY TABLES, "
        r"LOCK TABLES ON `d10\_a`.* TO %s@%s",
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


def test_no_statement_shows_its_arguments() -> None:
    assert "word" not in repr(statements.create(SITE, "word", ["localhost"]))
