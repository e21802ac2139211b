"""Whatever ends the making of an archive half-way, nothing that looks like one is left."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import pytest

from aegir.drivers.archive import guard
from aegir.drivers.archive.tar import Driver
from aegir.drivers.host.local import Driver as Host
from aegir.errors import Broken
from tests.drivers.archive.backups import DUMP, Backup, make, member

WRITING = """
import contextlib, sys
from aegir.drivers.archive.tar import Driver
from aegir.drivers.host.local import Driver as Host

host = Host()
Driver(host).write(
    sys.argv[1], manifest={}, texts={"settings.php": b""}, tree=sys.argv[2], exclude=(),
    database=("database.sql", host.reading(["head", "-c", "1000000000", "/dev/urandom"])),
)
"""


def test_a_killed_writer_leaves_no_archive_and_the_next_one_succeeds(backup: Backup) -> None:
    writer = subprocess.Popen([sys.executable, "-c", WRITING, backup.path, str(backup.site)])
    try:
        part, deadline = Path(f"{backup.path}.part"), time.monotonic() + 60
        while not (part.exists() and part.stat().st_size > 1_000_000) and time.monotonic() < deadline:
            time.sleep(0.01)
    finally:
        writer.kill()
        writer.wait(60)

    assert part.stat().st_size > 1_000_000
    assert os.listdir(backup.at / "archives") == ["site.tar.part"]
    backup.write()
    assert backup.driver.inspect(backup.path).database == "database.sql"
    assert os.listdir(backup.at / "archives") == ["site.tar"]


def test_a_dump_that_fails_half_way_leaves_nothing(backup: Backup) -> None:
    failing = ["sh", "-c", "echo half; echo gone away >&2; exit 3"]

    with pytest.raises(Broken, match="gone away"):
        backup.driver.write(
            backup.path,
            manifest={},
            texts={},
            tree=str(backup.site),
            exclude=(),
            database=("database.sql", Host().reading(failing)),
        )

    assert os.listdir(backup.at / "archives") == []


@pytest.mark.parametrize(
    ("limit", "least", "reason"),
    [
        ("SPARE", 1_000_000, "would shrink [0-9,]+ bytes to [0-9,]+ and be taken for a bomb"),
        ("MOST_MEMBERS", 4, "more than can be restored"),
    ],
)
def test_no_archive_is_made_that_would_be_refused_when_it_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limit: str, least: int, reason: str
) -> None:
    monkeypatch.setattr(guard, limit, least)
    for directory in ("site/a/b", "archives"):
        (tmp_path / directory).mkdir(parents=True)

    with pytest.raises(Broken, match=reason):
        Backup(Driver(Host()), tmp_path).write(dump=bytes(20_000_000))

    assert os.listdir(tmp_path / "archives") == []


def test_a_file_that_changes_and_one_that_goes_while_they_are_read_do_no_harm(backup: Backup) -> None:
    large = backup.site / "files" / "growing"
    large.write_bytes(b"x" * 3_000_000)

    def happens() -> None:
        for name in ("growing", "styles/large/image"):
            with open(backup.site / "files" / name, "ab") as file:
                file.truncate(1000)
        (backup.site / "files" / "empty").unlink(missing_ok=True)

    Backup(Driver(Busy(happens)), backup.at).write()

    assert backup.driver.inspect(backup.path).database == "database.sql"
    assert (backup.extract() / "database.sql").read_bytes() == DUMP


class Busy(Host):
    """A site where something happens while tar reads: once it began to, and before it goes on."""

    def __init__(self, happens: Callable[[], None]) -> None:
        super().__init__()
        self.happens = happens

    @contextmanager
    def reading(self, argv: list[str], **how: object) -> Iterator[BinaryIO]:  # type: ignore[override]
        with super().reading(argv, **how) as stream:  # type: ignore[arg-type]
            stream.peek(1)  # type: ignore[attr-defined]
            self.happens()
            yield stream


def test_what_is_removed_after_tar_listed_it_is_not_in_the_archive(backup: Backup) -> None:
    """Of files that are each larger than a pipe, tar is still at the first when all of them go."""
    shutil.rmtree(backup.site / "files")
    (backup.site / "files").mkdir()
    for name in ("first", "second", "third"):
        (backup.site / "files" / name).write_bytes(b"x" * 2_000_000)

    def happens() -> None:
        for path in (backup.site / "files").iterdir():
            path.unlink()

    Backup(Driver(Busy(happens)), backup.at).write()

    assert len(os.listdir(backup.extract() / "files")) == 1


def test_a_directory_that_goes_as_a_whole_leaves_no_archive(backup: Backup) -> None:
    with pytest.raises(Broken, match=f"Could not read {backup.site}: there is nothing there"):
        Backup(Driver(Busy(lambda: shutil.rmtree(backup.site))), backup.at).write()

    assert os.listdir(backup.at / "archives") == []


@pytest.fixture
def small_disk(backup: Backup) -> Iterator[Path]:
    """A file system of 256 KiB where the archives are."""
    disk = backup.at / "archives"
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("file systems cannot be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_leaves_nothing(backup: Backup, small_disk: Path) -> None:
    with pytest.raises(Broken, match=f"Could not write {re.escape(backup.path)}: no space left"):
        backup.write(dump=os.urandom(1_000_000))

    assert os.listdir(small_disk) == []


def test_a_disk_that_fills_up_while_unpacking_is_named(backup: Backup, small_disk: Path) -> None:
    path = f"{backup.at}/site.tar"
    make(path, member("./large"), content=os.urandom(1_000_000))
    host = Host()
    host.free_bytes = lambda path: 1 << 40  # type: ignore[method-assign]

    with pytest.raises(Broken, match=f"Could not unpack {path} into {small_disk}/./large: no space left"):
        Driver(host).extract(path, str(small_disk))
