"""Making a site as heavy as one that people have worked on: rows and files."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pymysql

from aegir.drivers.host.identity import give
from bench.clock import say
from bench.site import OpenSite

WORDS = [f"{random.Random(number).getrandbits(48):x}" for number in range(4000)]
MEBIBYTE = 1 << 20
ROW = 2000
"""Bytes of text in a row."""
FILE = 10 * 1024
BATCH = 500


def connect(site: OpenSite) -> pymysql.connections.Connection[pymysql.cursors.Cursor]:
    """As the site's own user."""
    found = site.secrets.database
    return pymysql.connect(
        unix_socket=found["unix_socket"],
        user=found["username"],
        password=found["password"],
        database=found["database"],
        charset="utf8mb4",
        autocommit=True,
        ssl_disabled=True,
    )


def fill_database(site: OpenSite, mebibytes: int) -> None:
    """Rows of text with two indexes beside their key, in four tables, as fields of content are kept."""
    say(f"filling the database with {mebibytes} MiB")
    pick = random.Random(7)
    with connect(site) as session, session.cursor() as cursor:
        for number in range(4):
            cursor.execute(
                f"CREATE TABLE bench_{number:d} (id INT AUTO_INCREMENT PRIMARY KEY, bundle VARCHAR(32), "
                "title VARCHAR(120), body LONGTEXT, KEY bundle (bundle, id), KEY title (title))"
            )
            statement = f"INSERT INTO bench_{number:d} (bundle, title, body) VALUES (%s, %s, %s)"  # noqa: S608
            for _ in range(mebibytes * MEBIBYTE // 4 // ROW // BATCH):
                rows = [(f"type{pick.randrange(9)}", _text(pick, 60), _text(pick, ROW)) for _ in range(BATCH)]
                cursor.executemany(statement, rows)


def fill_files(site: OpenSite, count: int) -> None:
    """Files of ten kilobytes, half of which cannot be compressed."""
    say(f"writing {count} files")
    folder = Path(site.ref.path) / "files/bench"
    pick = random.Random(7)
    for number in range(count):
        below = folder / str(number % 100)
        below.mkdir(parents=True, exist_ok=True)
        half = _text(pick, FILE // 2).encode()
        (below / f"{number}.dat").write_bytes(half + pick.randbytes(FILE // 2))
    for top, _, names in os.walk(folder):
        for path in (top, *(f"{top}/{name}" for name in names)):
            descriptor = os.open(path, os.O_PATH | os.O_NOFOLLOW)
            try:
                give(descriptor, None, site.ref.web_user, site.ref.web_group)
            finally:
                os.close(descriptor)


def _text(pick: random.Random, length: int) -> str:
    return " ".join(pick.choices(WORDS, k=length // 13 + 1))[:length]
