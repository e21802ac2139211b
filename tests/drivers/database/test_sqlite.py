"""What the contract suite does not ask of SQLite: who owns what, and files that are no databases."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from aegir.drivers.database import Database, DatabaseServer, Presence, sqlite
from aegir.drivers.database.sqlite import Driver
from aegir.drivers.host import identity
from aegir.drivers.host.local import Driver as Local
from aegir.drivers.host.memory import Driver as Memory
from aegir.errors import Broken
from tests.live.normal_user import NORMAL_USER, being_normal_user

SITE = Database("site_1", "")
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def _driver(root: Path, user: str = "") -> Driver:
    return Driver(Local(), DatabaseServer("sqlite", root=str(root), file_user=user), "")


@pytest.fixture
def driver(tmp_path: Path) -> Driver:
    return _driver(tmp_path, identity.present_user())


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A directory that every user can pass through."""
    with tempfile.TemporaryDirectory(prefix="aegir-sqlite-") as made:
        Path(made).chmod(0o711)
        yield Path(made)


@only_root
def test_the_directory_is_the_site_users_and_closed_to_others(reachable: Path) -> None:
    _driver(reachable, NORMAL_USER).create(SITE, "")

    seen = Local().stat(f"{reachable}/site_1")
    assert seen is not None
    assert (seen.owner, seen.mode) == (NORMAL_USER, 0o700)


@only_root
def test_proving_shows_that_the_site_user_gets_at_his_database(reachable: Path) -> None:
    _driver(reachable, NORMAL_USER).prove(1)

    assert os.listdir(reachable) == []


@only_root
def test_proving_finds_that_the_site_user_does_not_get_through(reachable: Path) -> None:
    reachable.chmod(0o700)

    with pytest.raises(Broken, match="Permission denied"):
        _driver(reachable, NORMAL_USER).prove(1)

    assert os.listdir(reachable) == []


def test_a_normal_user_keeps_his_own_databases() -> None:
    with being_normal_user() as (user, home):
        driver = _driver(Path(home), user)
        driver.create(SITE, "")
        driver.prove(1)

        assert driver.presence(SITE) == Presence(database=True, user=True, tables=0)


def test_the_place_of_all_databases_must_be_there(driver: Driver, tmp_path: Path) -> None:
    assert driver.ping() == f"SQLite {sqlite3.sqlite_version}"
    with pytest.raises(Broken, match=f"no directory {tmp_path}/nowhere for SQLite databases"):
        _driver(tmp_path / "nowhere").ping()


def test_tables_are_counted_also_with_a_write_ahead_log(driver: Driver, tmp_path: Path) -> None:
    driver.create(SITE, "")
    with closing(sqlite3.connect(tmp_path / "site_1/site.sqlite")) as session:
        session.execute("PRAGMA journal_mode=WAL")
        session.execute("CREATE TABLE a (b)")
        session.execute("CREATE VIEW c AS SELECT * FROM a")

    assert driver.presence(SITE).tables == 1


@pytest.mark.parametrize("content", [b"no database at all", b"SQLite format 3\0" + b"x" * 200])
def test_a_file_that_is_no_database_is_not_taken_for_an_empty_one(
    driver: Driver, tmp_path: Path, content: bytes
) -> None:
    driver.create(SITE, "")
    (tmp_path / "site_1/site.sqlite").write_bytes(content)

    assert driver.presence(SITE) == Presence(database=True, user=True, tables=1)


def test_an_empty_file_holds_no_tables(driver: Driver, tmp_path: Path) -> None:
    driver.create(SITE, "")
    (tmp_path / "site_1/site.sqlite").touch()

    assert driver.presence(SITE).tables == 0


def test_a_large_file_is_not_read(driver: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "LOOK_INTO", 10)
    driver.create(SITE, "")
    (tmp_path / "site_1/site.sqlite").write_bytes(b"x" * 11)

    assert driver.presence(SITE).tables == 1


def test_a_link_in_place_of_the_file_leads_nowhere(driver: Driver, tmp_path: Path) -> None:
    driver.create(SITE, "")
    (tmp_path / "other.sqlite").write_bytes(b"spared")
    (tmp_path / "site_1/site.sqlite").symlink_to("../other.sqlite")

    assert driver.presence(SITE).tables == 1
    driver.drop(SITE)

    assert (tmp_path / "other.sqlite").read_bytes() == b"spared"


def test_it_works_on_a_machine_in_memory() -> None:
    host = Memory()
    host.make_directory("/sqlite")
    driver = Driver(host, DatabaseServer("sqlite", root="/sqlite", file_user="www-data"), "")

    driver.create(SITE, "")

    assert driver.presence(SITE) == Presence(database=True, user=True, tables=0)
    assert host.snapshot()["/sqlite/site_1"].owner == "www-data"


def test_connection_names_the_file_alone(driver: Driver, tmp_path: Path) -> None:
    assert driver.connection(SITE, "word") == {
        "driver": "sqlite",
        "database": f"{tmp_path}/site_1/site.sqlite",
        "username": "",
        "password": "",
        "host": "",
        "port": "",
        "unix_socket": "",
    }
