"""Two databases that are there and empty, to bring what is in one into the other."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from aegir.drivers.database import Database
from aegir.drivers.database.mysql import Driver
from aegir.drivers.host.local import Driver as Local
from tests.live.mariadb import MariaDb

PASSWORD = "only-for-this-test"

OWNERS = (
    "SELECT definer FROM information_schema.triggers WHERE trigger_schema = DATABASE() "
    "UNION SELECT definer FROM information_schema.views WHERE table_schema = DATABASE() "
    "UNION SELECT definer FROM information_schema.routines WHERE routine_schema = DATABASE() "
    "UNION SELECT definer FROM information_schema.events WHERE event_schema = DATABASE()"
)

NUMBERS = itertools.count(1)


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


def ask(mariadb: MariaDb, database: Database, question: str) -> list[tuple[object, ...]]:
    with mariadb.connect(database="mysql") as session, session.cursor() as cursor:
        cursor.execute(f"USE {database.name}")
        cursor.execute(question)
        return list(cursor.fetchall())
