"""Plain dumps: told by their names, read whatever packs them, refused when they are not what they seem."""

from __future__ import annotations

import gzip
import os
import sqlite3
from pathlib import Path

import pytest
import zstandard

from aegir.drivers.archive import plain
from aegir.errors import Refused

SQL = b"CREATE TABLE t (i INT);\n" * 1000


@pytest.fixture
def sqlite(tmp_path: Path) -> bytes:
    with sqlite3.connect(tmp_path / "made") as session:
        session.execute("CREATE TABLE t (i INT)")
    session.close()
    return (tmp_path / "made").read_bytes()


@pytest.mark.parametrize(
    ("name", "member"),
    [
        ("site.sql", "database.sql"),
        ("site.sql.gz", "database.sql"),
        ("my.sqlite.zst", "database.sqlite"),
        ("site.tar.gz", None),
        ("sql", None),
    ],
)
def test_a_name_says_what_a_dump_is(name: str, member: str | None) -> None:
    assert plain.member(f"/srv/{name}") == member


@pytest.mark.parametrize(
    ("name", "content"),
    [("site.sql", SQL), ("site.sql.gz", gzip.compress(SQL)), ("site.sql.zst", zstandard.compress(SQL))],
)
def test_a_dump_is_read_whatever_packs_it(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert plain.measure(str(path)) == len(SQL)
    with plain.opened(str(path)) as read:
        assert read.read() == SQL


def test_a_sqlite_file_is_known_by_its_beginning(tmp_path: Path, sqlite: bytes) -> None:
    (tmp_path / "site.sqlite").write_bytes(sqlite)
    (tmp_path / "wrong.sql").write_bytes(sqlite)
    (tmp_path / "wrong.sqlite").write_bytes(SQL)
    assert plain.measure(str(tmp_path / "site.sqlite")) == len(sqlite)
    for name in ("wrong.sql", "wrong.sqlite"):
        with pytest.raises(Refused, match="not what its name says"):
            plain.measure(str(tmp_path / name))


def test_what_is_no_whole_dump_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty.sql").write_bytes(b"")
    (tmp_path / "cut.sql.gz").write_bytes(gzip.compress(os.urandom(9000))[:-200])
    (tmp_path / "folder.sql").mkdir()
    os.mkfifo(tmp_path / "pipe.sql")
    os.symlink(tmp_path / "empty.sql", tmp_path / "link.sql")
    (tmp_path / "bomb.sql.gz").write_bytes(gzip.compress(SQL))
    monkeypatch.setattr(plain, "limit", lambda size: 20_000)
    for name, sentence in (
        ("empty.sql", "holds no database"),
        ("cut.sql.gz", "is truncated"),
        ("folder.sql", "is not a file"),
        ("pipe.sql", "is not a file"),
        ("link.sql", "cannot be read"),
        ("bomb.sql.gz", "more than may be unpacked"),
    ):
        with pytest.raises(Refused, match=sentence):
            plain.measure(str(tmp_path / name))
