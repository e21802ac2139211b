"""What every database driver promises of databases as such, held against a real MariaDB and real files."""

from __future__ import annotations

import pytest

from aegir.drivers.database import Database, Presence
from aegir.errors import Broken
from tests.contracts.databases import ABSENT, PASSWORD, Product


def test_ping_names_product_and_version(product: Product) -> None:
    name, version = product.driver.ping().split(" ")

    assert name in ("MariaDB", "MySQL", "SQLite")
    assert all(part.isdigit() for part in version.split("."))


def test_nothing_is_there_before_create(product: Product, database: Database) -> None:
    assert product.driver.presence(database) == ABSENT


def test_create_makes_database_and_user(product: Product, database: Database) -> None:
    product.driver.create(database, PASSWORD)

    assert product.driver.presence(database) == Presence(database=True, user=True, tables=0)


def test_a_site_can_use_what_was_created(product: Product, database: Database) -> None:
    product.driver.create(database, PASSWORD)

    product.make_table(database, PASSWORD)

    assert product.driver.presence(database).tables == 1


def test_create_again_keeps_the_data_and_lets_the_new_password_in(
    product: Product, database: Database
) -> None:
    product.driver.create(database, "the old password")
    product.driver.create(database, PASSWORD)

    product.make_table(database, PASSWORD)
    product.driver.create(database, PASSWORD)

    assert product.driver.presence(database).tables == 1


def test_drop_leaves_nothing(product: Product, database: Database) -> None:
    product.driver.create(database, PASSWORD)
    product.make_table(database, PASSWORD)

    product.driver.drop(database)

    assert product.driver.presence(database) == ABSENT


def test_drop_of_what_is_not_there_is_fine(product: Product, database: Database) -> None:
    product.driver.drop(database)
    product.driver.drop(database)

    assert product.driver.presence(database) == ABSENT


def test_drop_spares_the_neighbour(product: Product, database: Database) -> None:
    neighbour = Database(f"{database.name}_b", f"{database.user}_b")
    product.driver.create(database, PASSWORD)
    product.driver.create(neighbour, PASSWORD)
    product.make_table(neighbour, PASSWORD)

    product.driver.drop(database)

    assert product.driver.presence(neighbour) == Presence(database=True, user=True, tables=1)
    product.driver.drop(neighbour)


def test_proving_leaves_nothing(product: Product) -> None:
    product.driver.prove(7)

    assert product.driver.presence(Database("aegir_probe_7", "aegir_probe_7")) == ABSENT


def test_proving_works_over_the_remains_of_an_earlier_attempt(product: Product) -> None:
    product.driver.create(Database("aegir_probe_8", "aegir_probe_8"), PASSWORD)

    product.driver.prove(8)

    assert product.driver.presence(Database("aegir_probe_8", "aegir_probe_8")) == ABSENT


def test_connection_tells_everything_as_strings(product: Product, database: Database) -> None:
    told = product.driver.connection(database, PASSWORD)

    assert set(told) == {"driver", "database", "username", "password", "host", "port", "unix_socket"}
    assert all(isinstance(value, str) for value in told.values())


@pytest.mark.parametrize(
    "name",
    ["", "..", "../x", "a/b", "a`b", "a'b", "a b", "a%", "A", "ä", "a\n", "x" * 33, "mysql", "root", "a\\"],
)
def test_names_that_are_no_identifiers_are_turned_away_everywhere(product: Product, name: str) -> None:
    bad = Database(name, name)

    for attempt in (
        lambda: product.driver.create(bad, PASSWORD),
        lambda: product.driver.drop(bad),
        lambda: product.driver.presence(bad),
        lambda: product.driver.connection(bad, PASSWORD),
    ):
        with pytest.raises(Broken, match="no name for a database"):
            attempt()
