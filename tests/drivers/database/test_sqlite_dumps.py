"""Dumps of SQLite: its kinds of journal, files that want harm, and who may get at a frozen database."""

from __future__ import annotations

import io
import os
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from aegir.drivers.database import Database, DatabaseServer, sqlite
from aegir.drivers.database.sqlite import FILE, Driver
from aegir.drivers.host import identity
from aegir.drivers.host.local import Driver as Local
from aegir.errors import Broken
from tests.live.normal_user import NORMAL_USER, being_normal_user

SITE, NEW = Database("site_1", ""), Database("site_2", "")
only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def _driver(root: Path, user: str, php: str = "php") -> Driver:
    made = Driver(Local(), DatabaseServer("sqlite", root=str(root), file_user=user, php=php), "")
    made.create(SITE, "")
    made.create(NEW, "")
    return made


@pytest.fixture
def driver(tmp_path: Path) -> Driver:
    return _driver(tmp_path, identity.present_user())


@pytest.fixture
def file(driver: Driver, tmp_path: Path) -> Path:
    path = tmp_path / "site_1" / FILE
    with closing(sqlite3.connect(path)) as session, session:
        session.execute("CREATE TABLE node (nid INTEGER PRIMARY KEY, body TEXT)")
        session.execute("INSERT INTO node VALUES (1, 'one')")
    return path


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A directory that every user can pass through."""
    with tempfile.TemporaryDirectory(prefix="aegir-sqlite-") as made:
        Path(made).chmod(0o711)
        yield Path(made)


def _nodes(root: Path, database: Database) -> list[int]:
    with closing(sqlite3.connect(root / database.name / FILE)) as session:
        return [nid for (nid,) in session.execute("SELECT nid FROM node ORDER BY nid")]


def _told(content: bytes) -> list[int]:
    with closing(sqlite3.connect(":memory:")) as session:
        session.deserialize(content)
        return [nid for (nid,) in session.execute("SELECT nid FROM node ORDER BY nid")]


def _folded(one: str, other: str) -> int:
    return (one.upper() > other.upper()) - (one.upper() < other.upper())


@contextmanager
def _killed(path: Path, *orders: str) -> Iterator[None]:
    """What a process leaves behind that says this and is killed before it closes the file."""
    said = f"import sqlite3; s = sqlite3.connect({str(path)!r}, isolation_level=None)"
    script = "; ".join(
        [said, *(f"s.execute({order!r})" for order in orders), "print('done', flush=True)", "input()"]
    )
    with subprocess.Popen([sys.executable, "-c", script], stdin=-1, stdout=-1) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"done\n"
        process.kill()
    yield


def test_what_is_still_in_a_write_ahead_log_is_dumped_and_copied(
    driver: Driver, file: Path, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(file)) as visitor, visitor:
        visitor.execute("PRAGMA journal_mode = WAL")
        visitor.execute("INSERT INTO node VALUES (2, 'two')")
        visitor.commit()
        assert file.with_name(f"{FILE}-wal").stat().st_size > 0

        driver.copy(SITE, NEW, "")

    assert _nodes(tmp_path, NEW) == [1, 2]
    assert os.listdir(tmp_path / "site_2") == [FILE]


def test_freezing_takes_up_the_write_ahead_log_of_a_process_that_died(
    driver: Driver, file: Path, tmp_path: Path
) -> None:
    with _killed(file, "PRAGMA journal_mode = WAL", "INSERT INTO node VALUES (2, 'two')"):
        driver.freeze(SITE)

    driver.copy(SITE, NEW, "")

    assert _nodes(tmp_path, NEW) == [1, 2]


def test_what_a_process_that_died_had_not_committed_is_in_no_dump(driver: Driver, file: Path) -> None:
    numbers = "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n LIMIT 900)"
    half = f"{numbers} INSERT INTO node SELECT i, hex(zeroblob(3000)) FROM n"
    with _killed(file, "PRAGMA cache_size = 5", "BEGIN", half):
        assert file.with_name(f"{FILE}-journal").exists()

    with driver.dump(SITE) as content:
        assert _told(content.read()) == [1]


def _cannot_write(driver: Driver, file: Path) -> None:
    with closing(sqlite3.connect(file)) as visitor:
        visitor.execute("SELECT * FROM node").fetchall()
        driver.freeze(SITE)
        with pytest.raises(sqlite3.OperationalError):
            visitor.execute("INSERT INTO node VALUES (2, 'two')")
        visitor.rollback()
    driver.thaw(SITE)
    assert _nodes(file.parent.parent, SITE) == [1]


def test_a_normal_user_freezes_reads_and_drops_his_own() -> None:
    with being_normal_user() as (user, home):
        driver = _driver(Path(home), user)
        path = Path(home) / "site_1" / FILE
        with closing(sqlite3.connect(path)) as session, session:
            session.execute("CREATE TABLE node (nid INTEGER PRIMARY KEY, body TEXT)")
            session.execute("INSERT INTO node VALUES (1, 'one')")
        _cannot_write(driver, path)
        driver.freeze(SITE)

        driver.copy(SITE, NEW, "")

        assert _nodes(Path(home), NEW) == [1]
        assert Path(home, "site_1").stat().st_mode & 0o777 == 0
        driver.drop(SITE)
        assert os.listdir(home) == ["site_2"]


@only_root
def test_a_frozen_directory_is_roots(reachable: Path) -> None:
    driver = _driver(reachable, NORMAL_USER)
    with driver.dump(SITE) as empty:
        driver.load(NEW, "", empty)

    driver.freeze(NEW)
    frozen = Local().stat(f"{reachable}/site_2")
    driver.thaw(NEW)
    thawed = Local().stat(f"{reachable}/site_2")

    assert frozen is not None
    assert (frozen.owner, frozen.mode) == ("root", 0)
    assert thawed is not None
    assert (thawed.owner, thawed.mode) == (NORMAL_USER, 0o700)


@only_root
def test_what_is_loaded_belongs_to_the_sites_user(reachable: Path) -> None:
    driver = _driver(reachable, NORMAL_USER)

    driver.copy(SITE, NEW, "")

    seen = Local().stat(f"{reachable}/site_2/{FILE}")
    assert seen is not None
    assert (seen.kind, seen.owner) == ("file", NORMAL_USER)


def test_a_writer_who_does_not_end_keeps_a_database_from_being_frozen(
    driver: Driver, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite, "SETTLING", 0.3)
    monkeypatch.setattr(Driver, "_php", lambda self, *arguments: ["true"])
    file.with_name(f"{FILE}-journal").write_bytes(b"in the middle of something")

    with pytest.raises(Broken, match="close the site first"):
        driver.freeze(SITE)

    assert not driver.presence(SITE).frozen


def test_a_link_in_place_of_the_file_is_not_dumped(driver: Driver, file: Path, tmp_path: Path) -> None:
    (tmp_path / "site_2" / FILE).symlink_to(file)

    with pytest.raises(Broken, match="it is not a file"), driver.dump(NEW) as content:
        content.read()


def test_a_link_in_place_of_the_file_is_replaced_by_a_load(
    driver: Driver, file: Path, tmp_path: Path
) -> None:
    spared = tmp_path / "spared"
    spared.write_bytes(b"")
    target = tmp_path / "site_2" / FILE
    target.symlink_to(spared)
    with pytest.raises(Broken, match="is not empty"):
        driver.copy(SITE, NEW, "")

    assert spared.read_bytes() == b""
    assert target.is_symlink()


def test_a_load_that_fails_leaves_nothing_behind(driver: Driver, file: Path, tmp_path: Path) -> None:
    damaged = bytearray(file.read_bytes())
    damaged[4096:] = os.urandom(len(damaged) - 4096)

    for content in (
        bytes(damaged),
        file.read_bytes()[:4096],
        file.read_bytes() + b"more",
        b"SQLite format 3\0",
    ):
        with pytest.raises(Broken):
            driver.load(NEW, "", io.BytesIO(content))
        assert os.listdir(tmp_path / "site_2") == []


def test_a_dump_in_which_caches_have_triggers_does_no_harm(driver: Driver, tmp_path: Path) -> None:
    (tmp_path / "victim").write_text("spared")
    source = tmp_path / "hostile"
    with closing(sqlite3.connect(source)) as session, session:
        session.execute("CREATE TABLE cache_a (id)")
        session.execute("INSERT INTO cache_a VALUES (1)")
        session.execute("CREATE TABLE out (a)")
        session.execute(
            "CREATE TRIGGER t BEFORE DELETE ON cache_a BEGIN INSERT INTO out VALUES "
            f"(writefile('{tmp_path}/victim', 'harm')); END"
        )

    with pytest.raises(Broken, match="writefile"):
        driver.load(NEW, "", io.BytesIO(source.read_bytes()))

    assert (tmp_path / "victim").read_text() == "spared"


def test_php_without_sqlite_says_what_to_install(tmp_path: Path, reachable: Path) -> None:
    php = reachable / "php"
    php.write_text('#!/bin/sh\nexec php -n "$@"\n')
    php.chmod(0o755)
    driver = _driver(tmp_path, identity.present_user(), str(php))

    with pytest.raises(Broken, match="install php-sqlite3"):
        driver.copy(SITE, NEW, "")


def test_what_drupal_sorts_in_its_own_way_is_loaded(driver: Driver, file: Path, tmp_path: Path) -> None:
    """SQLite can neither check nor empty a table that names an order which it does not know."""
    with closing(sqlite3.connect(file)) as session, session:
        session.create_collation("NOCASE_UTF8", _folded)
        session.execute("CREATE TABLE cache_page (cid VARCHAR(255) COLLATE NOCASE_UTF8 PRIMARY KEY)")
        session.executemany("INSERT INTO cache_page VALUES (?)", [("ä",), ("Z",)])
        session.execute("CREATE TABLE users (name VARCHAR(255) COLLATE NOCASE_UTF8 UNIQUE)")
        session.executemany("INSERT INTO users VALUES (?)", [("Ädam",), ("eve",), ("BOB",)])

    driver.copy(SITE, NEW, "")

    with closing(sqlite3.connect(tmp_path / "site_2" / FILE)) as session:
        session.create_collation("NOCASE_UTF8", _folded)
        assert session.execute("SELECT name FROM users WHERE name = 'äDAM'").fetchall() == [("Ädam",)]
        assert session.execute("SELECT COUNT(*) FROM cache_page").fetchall() == [(0,)]
