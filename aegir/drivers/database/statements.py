"""What is said to MySQL and MariaDB, as values; ``mysql`` says it. Values are always arguments, never text.

Held to what both MariaDB 10.11 and MySQL 8 take: an account is made before it is granted anything, since
MySQL 8 has no IDENTIFIED in GRANT.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from aegir.drivers.database import CACHES, Database
from aegir.drivers.database.identifiers import checked, quoted, quoted_pattern, quoted_table

PRIVILEGES = (
    "SELECT, INSERT, UPDATE, DELETE, CREATE, DROP, INDEX, ALTER, CREATE TEMPORARY TABLES, LOCK TABLES, "
    "REFERENCES, TRIGGER, CREATE VIEW, SHOW VIEW, CREATE ROUTINE, ALTER ROUTINE, EXECUTE, EVENT"
)
"""On its own database and nowhere else: what Drupal asks for in its INSTALL files, and in the second line
what a dump may need. Dumps are loaded as the site's own user, so that one from anywhere can do no harm; he
must be able to make all that a database can hold, and owns it afterwards."""


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


def account(database: Database, host: str) -> Statement:
    """Its one answer holds «ACCOUNT LOCK» where the user may not log in."""
    return Statement("SHOW CREATE USER %s@%s", (checked(database.user), host))


def freeze(database: Database, hosts: Iterable[str]) -> list[Statement]:
    """An event would go on as a user who may not log in, so he may not have events either."""
    name, user = quoted_pattern(database.name), checked(database.user)
    return [
        statement
        for host in hosts
        for statement in (
            Statement("ALTER USER %s@%s ACCOUNT LOCK", (user, host)),
            Statement(f"GRANT EVENT ON {name}.* TO %s@%s", (user, host)),
            Statement(f"REVOKE EVENT ON {name}.* FROM %s@%s", (user, host)),
        )
    ]


def thaw(database: Database, hosts: Iterable[str]) -> list[Statement]:
    name, user = quoted_pattern(database.name), checked(database.user)
    return [
        statement
        for host in hosts
        for statement in (
            Statement(f"GRANT EVENT ON {name}.* TO %s@%s", (user, host)),
            Statement("ALTER USER %s@%s ACCOUNT UNLOCK", (user, host)),
        )
    ]


def size(database: Database) -> Statement:
    return Statement(
        "SELECT COALESCE(SUM(data_length + index_length), 0) FROM information_schema.tables "
        "WHERE table_schema = %s",
        (checked(database.name),),
    )


def caches(database: Database) -> Statement:
    """The tables whose rows Drupal makes anew."""
    one, many = (pattern.replace("_", r"\_") for pattern in CACHES)
    return Statement(
        "SELECT table_name FROM information_schema.tables WHERE table_schema = %s "
        "AND table_type = 'BASE TABLE' AND (table_name LIKE %s OR table_name LIKE %s) ORDER BY table_name",
        (checked(database.name), one, many),
    )


def contents(database: Database) -> Statement:
    """All tables and views, with what kind each is; the largest first."""
    return Statement(
        "SELECT table_name, table_type FROM information_schema.tables WHERE table_schema = %s "
        "ORDER BY COALESCE(data_length + index_length, 0) DESC, table_name",
        (checked(database.name),),
    )


def columns(database: Database) -> Statement:
    """The columns of every table that take values; those that are computed do not."""
    return Statement(
        "SELECT table_name, column_name FROM information_schema.columns "
        "WHERE table_schema = %s AND COALESCE(generation_expression, '') = '' "
        "ORDER BY table_name, ordinal_position",
        (checked(database.name),),
    )


LENIENT = (
    "sql_mode = 'NO_AUTO_VALUE_ON_ZERO', unique_checks = 0, foreign_key_checks = 0 "
    # MariaDB lets everybody say this, and MySQL takes it for a comment: old row formats are no error.
    "/*M! , innodb_strict_mode = 0 */"
)
"""For putting back what was taken once, whatever it is, quickly."""


def describing() -> list[Statement]:
    """For a session that asks for the structure of tables."""
    return [Statement("SET sql_mode = '', sql_quote_show_create = 1")]


def structure(database: Database, table: str) -> Statement:
    """Answers with the statement that makes such a table."""
    return literal(f"SHOW CREATE TABLE {quoted(database.name)}.{quoted_table(table)}")


def refers(structure: str) -> bool:
    """Whether a table may refer to others; more may be suspected of it than do."""
    return "FOREIGN KEY" in structure


def programs(database: Database) -> Statement:
    """How many triggers, routines and events there are."""
    name = checked(database.name)
    return Statement(
        "SELECT (SELECT COUNT(*) FROM information_schema.triggers WHERE trigger_schema = %s) "
        "+ (SELECT COUNT(*) FROM information_schema.routines WHERE routine_schema = %s) "
        "+ (SELECT COUNT(*) FROM information_schema.events WHERE event_schema = %s)",
        (name, name, name),
    )


def copying() -> list[Statement]:
    """For a session that copies tables that nobody writes to into empty ones."""
    return [
        # Whatever the rows hold, they were taken once: zero dates, and 0 in an AUTO_INCREMENT column.
        Statement(f"SET {LENIENT}"),
        # Else InnoDB locks every row that it reads.
        Statement("SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED"),
    ]


def copy_rows(source: Database, target: Database, table: str, columns: Sequence[str]) -> Statement:
    named, list_ = quoted_table(table), ", ".join(map(quoted_table, columns))
    return literal(
        f"INSERT INTO {quoted(target.name)}.{named} ({list_}) "  # noqa: S608 (all names are quoted)
        f"SELECT {list_} FROM {quoted(source.name)}.{named}"
    )


def row_count(database: Database, table: str) -> Statement:
    return literal(f"SELECT COUNT(*) FROM {quoted(database.name)}.{quoted_table(table)}")  # noqa: S608 (quoted)


def make_mark(database: Database, mark: str) -> Statement:
    return Statement(f"CREATE TABLE {quoted(database.name)}.{quoted(mark)} (id INT)")


def marked(database: Database, mark: str) -> Statement:
    return Statement(
        "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = %s AND table_name = %s",
        (checked(database.name), checked(mark)),
    )


def before_load() -> bytes:
    """Said to the client ahead of a dump: what old dumps take for granted, and what makes loading fast."""
    return f"SET {LENIENT};\n".encode()


def after_load(mark: str) -> bytes:
    """Said to the client behind a dump. Where that ended inside a string or a comment this is swallowed, and
    where it ended inside a statement this is a mistake: either way the mark is still there."""
    return f"\nDELIMITER ;\nUNLOCK TABLES;\nDROP TABLE {quoted(mark)};\n".encode()


def literal(sql: str) -> Statement:
    """As it is, with text in it that may hold the sign for an argument."""
    return Statement(sql.replace("%", "%%"))


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
