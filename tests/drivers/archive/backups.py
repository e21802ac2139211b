"""A site's directory to put into archives, and hand-made archives."""

from __future__ import annotations

import gzip
import io
import os
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pytest
import zstandard

from aegir.drivers.archive import Compression, Written
from aegir.drivers.archive.tar import Driver
from aegir.drivers.host.local import Driver as Host

SETTINGS = b"<?php\n$databases = [];\n"
DUMP = b"-- MariaDB dump\n" + b"INSERT INTO node VALUES (1);\n" * 1000
Making = Callable[[tarfile.TarFile], None]


@contextmanager
def dumping(content: bytes = DUMP) -> Iterator[BinaryIO]:
    yield io.BytesIO(content)


@dataclass(frozen=True)
class Backup:
    """A driver, and a place with a site in it."""

    driver: Driver
    at: Path

    @property
    def site(self) -> Path:
        return self.at / "site"

    @property
    def path(self) -> str:
        return f"{self.at}/archives/site.tar"

    def write(
        self, compression: Compression = "zst", dump: bytes = DUMP, exclude: tuple[str, ...] = ()
    ) -> Written:
        return self.driver.write(
            self.path,
            manifest={"domain": "ægir.example"},
            texts={"settings.php": SETTINGS},
            tree=str(self.site),
            exclude=exclude,
            database=("database.sql", dumping(dump)),
            compression=compression,
        )

    def extract(self, *, skip: tuple[str, ...] = ()) -> Path:
        directory = self.at / "unpacked"
        directory.mkdir()
        self.driver.extract(self.path, str(directory), skip=skip)
        return directory


@pytest.fixture
def backup(tmp_path: Path) -> Backup:
    """A site with files of all sorts; its archive is still to be made."""
    (tmp_path / "archives").mkdir()
    files = tmp_path / "site" / "files"
    (files / "styles" / "large").mkdir(parents=True)
    (tmp_path / "site" / "settings.php").write_text("cloaked")
    (files / "ünïcode name.txt").write_text("text")
    (files / ("long" * 60)).write_text("long name")
    (files / "program").write_text("#!/bin/sh")
    (files / "program").chmod(0o4755)
    (files / "empty").touch(mode=0o600)
    (files / "styles" / "large" / "image").write_bytes(os.urandom(3_000_000))
    os.utime(files / "styles" / "large" / "image", (1_000_000_000, 1_000_000_000))
    (files / "link").symlink_to("styles/large/image")
    (files / "styles" / "up").symlink_to("../empty")
    return Backup(Driver(Host()), tmp_path)


@pytest.fixture(params=["zst", "gz"])
def compression(request: pytest.FixtureRequest) -> Compression:
    chosen: Compression = request.param
    return chosen


def make(path: str, *members: tarfile.TarInfo, packed: str = "gz", content: bytes = b"") -> None:
    """Put members into an archive at ``path``; ``content`` is that of each file among them."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for member in members:
            data = content if member.isreg() else b""
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    pack(path, made.getvalue(), packed)


def pack(path: str, data: bytes, packed: str = "gz") -> None:
    packing = {"gz": gzip.compress, "zst": zstandard.compress, "plain": lambda data: data}
    Path(path).write_bytes(packing[packed](data))


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "", mode: int = 0o644) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname, made.mode = kind, target, mode
    return made
