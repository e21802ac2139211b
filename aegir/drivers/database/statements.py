"""What is said to MySQL and MariaDB, as values; ``mysql`` says it. Values are always arguments, never text.

Held to what both MariaDB 10.11 and MySQL 8 take: an account is made before it is granted anything, since
MySQL 8 has no IDENTIFIED in GRANT.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from aegir.drivers.database import Database
from aegir.drivers.database.identifiers import checked, quoted, quoted_pattern

PRIVILEGES = (
    "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX, ALTER, CREATE TEMPORARY TABLES, LOCK TABLES"
)
"""What Drupal asks for in its INSTALL files, on its own database and nowhere else."""


@dataclass(frozen=True)
class Statement:
    """One statement; ``arguments`` stand for its ``%s`` and never appear in a repr."""

    sql: str
    arguments: tuple[str, ...] = field(default=(), repr=False)


def create(database: Database, password: str, hosts: Iterable[str]) -> list[Statement]:
    """Database, user and grants; each may be there already, and the password is set anew."""
    statements = [
        Statement(
            f"CREATE DATABASE IF NOT EXISTS {quoted(database.name)} "
            "CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"
        )
    ]
    grant = f"GRANT {PRIVILEGES} ON {quoted_pattern(database.name)}.* TO %s@%s"
    for host in hosts:
        account = (checked(database.user), host)
        statements += [
            Statement("CREATE USER IF NOT EXISTS %s@%s IDENTIFIED BY %s", (*account, password)),
            Statement("ALTER USER %s@%s IDENTIFIED BY %s", (*account, password)),
            Statement(grant, account),
        ]
    return statements


def drop_users(database: Database, hosts: Iterable[str]) -> list[Statement]:
    return [Statement("DROP USER IF EXISTS %s@%s", (checked(database.user), host)) for host in hosts]


def drop_database(database: Database) -> Statement:
    return Statement(f"DROP DATABASE IF EXISTS {quoted(database.name)}")


def user_hosts(database: Database) -> Statement:
    """From where the user may come now."""
    return Statement("SELECT Host FROM mysql.user WHERE User = %s", (checked(database.user),))


def databases(database: Database) -> Statement:
    return Statement(
        "SELECT COUNT(*) FROM information_schema.schemata WHERE schema_name = %s", (checked(database.name),)
    )


def tables(database: Database) -> Statement:
    return Statement(
        "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = %s", (checked(database.name),)
    )


def connections(database: Database) -> Statement:
    """The numbers of the connections that the user has open."""
    return Statement(
        "SELECT ID FROM information_schema.processlist WHERE USER = %s", (checked(database.user),)
    )


def kill(number: int) -> Statement:
    return Statement(f"KILL {number:d}")


def seen_from() -> Statement:
    """From where the server sees the present connection come."""
    return Statement("SELECT SUBSTRING_INDEX(USER(), '@', -1)")


def probe(word: str) -> Sequence[Statement]:
    """Shows that a site could live here; the last one answers with the word."""
    return (
        Statement("CREATE TABLE probe (id INT PRIMARY KEY, word VARCHAR(32) NOT NULL)"),
        Statement("INSERT INTO probe VALUES (1, %s)", (word,)),
        Statement("SELECT word FROM probe WHERE id = 1"),
    )
