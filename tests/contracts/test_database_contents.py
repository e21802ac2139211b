"""What every database driver promises of what is in a database: dumps, loads, copies, and being frozen."""

from __future__ import annotations

import io
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import pytest

from aegir.drivers.database import Database, Presence
from aegir.errors import Broken
from tests.contracts.databases import PASSWORD, Product

Moved = Callable[[Product, Database, Database], None]
CONTENT = (
    "CREATE TABLE node (nid INTEGER PRIMARY KEY, word VARCHAR(200), body BLOB, happened DATETIME)",
    "CREATE TABLE bare (id INTEGER PRIMARY KEY)",
    'CREATE TABLE `odd "name` (`a b` INTEGER)',
    "CREATE TABLE cache (cid VARCHAR(20) PRIMARY KEY)",
    "CREATE TABLE cache_page (cid VARCHAR(20) PRIMARY KEY)",
    "CREATE TABLE cachetags (tag VARCHAR(20) PRIMARY KEY)",
    "CREATE VIEW words AS SELECT word FROM node",
    "INSERT INTO node VALUES (1, 'it''s \"quoted\" `so` Ægir 🌊', x'00ff0a0d1a5c27', '0000-00-00 00:00:00')",
    "INSERT INTO node VALUES (7, NULL, NULL, NULL), (8, '', x'', '1999-12-31 23:59:59')",
    'INSERT INTO `odd "name` VALUES (5), (6)',
    "INSERT INTO cache VALUES ('c')",
    "INSERT INTO cache_page VALUES ('p')",
    "INSERT INTO cachetags VALUES ('t')",
    "CREATE TRIGGER counting AFTER INSERT ON node FOR EACH ROW "
    "BEGIN INSERT INTO cachetags VALUES (NEW.nid); END",
)


def _dump(product: Product, source: Database) -> bytes:
    with product.driver.dump(source) as content:
        return content.read()


def _by_dump(product: Product, source: Database, target: Database) -> None:
    with product.driver.dump(source) as content:
        product.driver.load(target, PASSWORD, content)


def _by_copy(product: Product, source: Database, target: Database) -> None:
    product.driver.copy(source, target, PASSWORD)


def _frozen(moved: Moved) -> Moved:
    def move(product: Product, source: Database, target: Database) -> None:
        product.driver.freeze(source)
        moved(product, source, target)
        assert product.driver.presence(source).frozen
        product.driver.thaw(source)

    return move


@pytest.fixture(params=["dump and load", "copy", "dump and load, frozen", "copy, frozen"])
def moved(request: pytest.FixtureRequest) -> Moved:
    way: Moved = _by_copy if request.param.startswith("copy") else _by_dump
    return _frozen(way) if request.param.endswith("frozen") else way


@pytest.fixture
def filled(product: Product, database: Database) -> Database:
    product.driver.create(database, PASSWORD)
    product.say(database, PASSWORD, *_lenient(product), *CONTENT)
    return database


def _lenient(product: Product) -> list[str]:
    return ["SET sql_mode = ''"] if product.driver.dump_name == "database.sql" else []


def test_everything_arrives_but_what_is_in_caches(
    product: Product, filled: Database, other: Database, moved: Moved
) -> None:
    moved(product, filled, other)

    for question in (
        "SELECT nid, word, body, CAST(happened AS CHAR) FROM node ORDER BY nid",
        "SELECT word FROM words ORDER BY word",
        "SELECT * FROM bare",
        'SELECT `a b` FROM `odd "name` ORDER BY 1',
        "SELECT tag FROM cachetags ORDER BY tag",
    ):
        rows = product.ask(other, PASSWORD, question)
        assert rows == product.ask(filled, PASSWORD, question)
    assert product.ask(other, PASSWORD, "SELECT tag FROM cachetags") == [("t",)]
    assert product.ask(other, PASSWORD, "SELECT * FROM cache") == []
    assert product.ask(other, PASSWORD, "SELECT * FROM cache_page") == []
    assert product.ask(filled, PASSWORD, "SELECT * FROM cache_page") == [("p",)]
    assert product.driver.presence(other) == product.driver.presence(filled)


def test_a_copy_of_what_is_frozen_holds_the_caches_on_demand(
    product: Product, filled: Database, other: Database
) -> None:
    product.driver.freeze(filled)

    product.driver.copy(filled, other, PASSWORD, caches=True)

    assert product.ask(other, PASSWORD, "SELECT * FROM cache") == [("c",)]
    assert product.ask(other, PASSWORD, "SELECT * FROM cache_page") == [("p",)]
    assert product.ask(other, PASSWORD, "SELECT tag FROM cachetags") == [("t",)]


def test_triggers_work_where_they_arrived(
    product: Product, filled: Database, other: Database, moved: Moved
) -> None:
    moved(product, filled, other)

    product.say(other, PASSWORD, "INSERT INTO node (nid) VALUES (99)")

    assert product.ask(other, PASSWORD, "SELECT tag FROM cachetags ORDER BY tag") == [("99",), ("t",)]
    assert product.ask(filled, PASSWORD, "SELECT tag FROM cachetags") == [("t",)]


def test_an_empty_database_stays_one(
    product: Product, database: Database, other: Database, moved: Moved
) -> None:
    product.driver.create(database, PASSWORD)

    moved(product, database, other)

    assert product.driver.presence(other) == Presence(database=True, user=True, tables=0)


def test_a_dump_is_loaded_into_empty_databases_alone(
    product: Product, filled: Database, other: Database, moved: Moved
) -> None:
    product.make_table(other, PASSWORD)

    with pytest.raises(Broken, match="is not empty"):
        moved(product, filled, other)

    assert product.driver.presence(other).tables == 1
    product.driver.thaw(filled)


@pytest.mark.parametrize("part", [0.0, 0.5, 0.99])
def test_a_dump_that_is_cut_short_is_turned_away(
    product: Product, filled: Database, other: Database, part: float
) -> None:
    whole = _dump(product, filled)

    with pytest.raises(Broken):
        product.driver.load(other, PASSWORD, io.BytesIO(whole[: int(len(whole) * part)]))


def test_what_is_no_dump_is_turned_away(product: Product, database: Database, other: Database) -> None:
    with pytest.raises(Broken):
        product.driver.load(other, PASSWORD, io.BytesIO(b"GIF89a\x00nothing of the kind" * 100))


def test_what_is_not_there_is_not_copied(product: Product, database: Database, other: Database) -> None:
    with pytest.raises(Broken, match=f"no database {database.name} to copy"):
        product.driver.copy(database, other, PASSWORD)


def test_a_dump_that_is_not_read_to_its_end_is_no_dump(product: Product, filled: Database) -> None:
    with pytest.raises(Broken), product.driver.dump(filled) as content:
        content.read(10)


def test_a_reader_who_fails_hears_of_his_own_failure(product: Product, filled: Database) -> None:
    with pytest.raises(ZeroDivisionError), product.driver.dump(filled):
        raise ZeroDivisionError


def test_a_source_that_fails_leaves_a_load_undone(product: Product, other: Database) -> None:
    class Torn(io.RawIOBase):
        def readable(self) -> bool:
            return True

        def readinto(self, target: object) -> int:
            raise Broken("The archive is torn.")

    torn: BinaryIO = io.BufferedReader(Torn())
    with pytest.raises(Broken, match="archive is torn"):
        product.driver.load(other, PASSWORD, torn)


def test_a_dump_shows_one_moment_while_a_visitor_writes(
    product: Product, filled: Database, other: Database
) -> None:
    """Each of his transactions writes into both tables: at any moment both hold the same."""
    product.say(filled, PASSWORD, "CREATE TABLE a_first (id INTEGER)", "CREATE TABLE z_last (id INTEGER)")
    enough, wrote = threading.Event(), threading.Event()

    def visitor() -> None:
        number = 0
        while not enough.is_set():
            product.say(
                filled,
                PASSWORD,
                "BEGIN",
                f"INSERT INTO z_last VALUES ({(number := number + 1)})",
                f"INSERT INTO a_first VALUES ({number})",
                "COMMIT",
            )
            wrote.set()

    writing = threading.Thread(target=visitor)
    writing.start()
    try:
        wrote.wait(30)
        content = _dump(product, filled)
    finally:
        enough.set()
        writing.join(60)

    product.driver.load(other, PASSWORD, io.BytesIO(content))
    first, last = (product.ask(other, PASSWORD, f"SELECT id FROM {name}") for name in ("a_first", "z_last"))
    assert first == last != []


def test_a_frozen_database_lets_nobody_in_until_it_is_thawed(product: Product, filled: Database) -> None:
    product.driver.freeze(filled)

    with pytest.raises(product.errors):
        product.ask(filled, PASSWORD, "SELECT nid FROM node")
    with pytest.raises(product.errors):
        product.say(filled, PASSWORD, "INSERT INTO node (nid) VALUES (100)")
    assert product.driver.presence(filled).frozen

    product.driver.thaw(filled)

    product.say(filled, PASSWORD, "INSERT INTO node (nid) VALUES (100)")
    assert not product.driver.presence(filled).frozen


def test_freezing_and_thawing_twice_is_once(product: Product, filled: Database) -> None:
    product.driver.freeze(filled)
    product.driver.freeze(filled)
    assert product.driver.presence(filled).frozen

    product.driver.thaw(filled)
    product.driver.thaw(filled)

    assert product.ask(filled, PASSWORD, "SELECT COUNT(*) FROM node") == [(3,)]


def test_create_does_not_thaw(product: Product, filled: Database) -> None:
    product.driver.freeze(filled)

    product.driver.create(filled, PASSWORD)

    assert product.driver.presence(filled).frozen
    with pytest.raises(product.errors):
        product.ask(filled, PASSWORD, "SELECT nid FROM node")


def test_a_frozen_database_can_be_dropped(product: Product, filled: Database) -> None:
    product.driver.freeze(filled)

    product.driver.drop(filled)

    assert product.driver.presence(filled) == Presence(database=False, user=False, tables=0)


def test_what_is_not_there_can_be_frozen_and_thawed(product: Product, database: Database) -> None:
    product.driver.freeze(database)
    product.driver.thaw(database)

    assert product.driver.presence(database) == Presence(database=False, user=False, tables=0)


def test_size_grows_with_what_is_in_it(product: Product, database: Database) -> None:
    product.driver.create(database, PASSWORD)
    before = product.driver.size(database)

    product.say(database, PASSWORD, *_lenient(product), *CONTENT)

    assert before == 0
    assert product.driver.size(database) > 20000
    product.driver.freeze(database)
    assert product.driver.size(database) > 20000


def test_the_dump_is_called_as_its_kind(product: Product) -> None:
    assert Path(product.driver.dump_name).stem == "database"
    assert Path(product.driver.dump_name).suffix in (".sql", ".sqlite")
