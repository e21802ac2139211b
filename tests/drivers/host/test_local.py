"""Files on this machine: what the contract suite cannot try in memory."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from aegir.drivers.host import identity
from aegir.drivers.host.local import Driver
from aegir.errors import Broken

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can do that")


def test_a_pipe_is_not_read(host: Driver, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    with pytest.raises(Broken, match="it is not a file"):
        host.read(f"{tmp_path}/pipe")

    seen = host.stat(f"{tmp_path}/pipe")
    assert seen is not None
    assert seen.kind == "other"


def test_a_failed_write_keeps_the_old_file_and_leaves_nothing_beside(host: Driver, tmp_path: Path) -> None:
    host.write(f"{tmp_path}/file", b"old")

    with pytest.raises(Broken, match="no user"):
        host.write(f"{tmp_path}/file", b"new", owner="nobody-of-that-name")

    assert os.listdir(tmp_path) == ["file"]
    assert host.read(f"{tmp_path}/file") == b"old"


def test_readers_see_the_old_or_the_new_file_and_never_half_of_one(host: Driver, tmp_path: Path) -> None:
    path = f"{tmp_path}/file"
    contents = [letter * 200_000 for letter in (b"a", b"b")]
    host.write(path, contents[0])

    def write() -> None:
        for number in range(20):
            host.write(path, contents[number % 2])

    writer = threading.Thread(target=write)
    writer.start()
    seen = set()
    while writer.is_alive():
        seen.add(host.read(path))
    writer.join(30)

    assert seen <= set(contents)


def test_a_writer_that_is_killed_leaves_nothing_beside(tmp_path: Path) -> None:
    writing = (
        "import os, sys\n"
        "from aegir.drivers.host.local import Driver\n"
        "os.fsync = lambda _: os.kill(os.getpid(), 9)\n"
        "Driver().write(sys.argv[1], b'half')\n"
    )

    killed = subprocess.run([sys.executable, "-c", writing, f"{tmp_path}/file"], check=False, timeout=60)

    assert killed.returncode == -9
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize("before", [None, b"old"])
def test_files_are_replaced_also_where_none_can_be_nameless(
    host: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: bytes | None
) -> None:
    if before is not None:
        host.write(f"{tmp_path}/file", before)
    opening = os.open

    def without_nameless(path: str, flags: int, mode: int = 0o777, *, dir_fd: int | None = None) -> int:
        if flags & os.O_TMPFILE == os.O_TMPFILE:
            raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
        return opening(path, flags, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", without_nameless)
    host.write(f"{tmp_path}/file", b"new", mode=0o640)
    with pytest.raises(Broken, match="no user"):
        host.write(f"{tmp_path}/file", b"", owner="nobody-of-that-name")

    assert os.listdir(tmp_path) == ["file"]
    assert (tmp_path / "file").read_bytes() == b"new"
    assert (tmp_path / "file").stat().st_mode & 0o777 == 0o640


def test_a_full_disk_is_named_and_nothing_is_left_on_it(host: Driver, small_disk: Path) -> None:
    with pytest.raises(Broken, match=rf"Could not write {small_disk}/file: no space left"):
        host.write(f"{small_disk}/file", b"x" * 100_000)

    assert os.listdir(small_disk) == []


def test_nothing_moves_between_file_systems(host: Driver, small_disk: Path, tmp_path: Path) -> None:
    host.write(f"{tmp_path}/file", b"kept")

    with pytest.raises(Broken, match="from one file system to another"):
        host.rename(f"{tmp_path}/file", f"{small_disk}/file")

    assert host.read(f"{tmp_path}/file") == b"kept"


def test_names_that_are_no_text_can_be_removed_and_reported(host: Driver, tmp_path: Path) -> None:
    os.mkdir(os.fsencode(tmp_path) + b"/tree")
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/tree/\xff")).touch()

    (name,) = host.list(f"{tmp_path}/tree")
    with pytest.raises(Broken, match=r"\\xff") as broken:
        host.list(f"{tmp_path}/tree/{name}")
    str(broken.value).encode()
    host.remove_tree(f"{tmp_path}/tree")

    assert os.listdir(tmp_path) == []


@only_root
def test_owners_without_a_name_are_told_by_number(host: Driver, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    os.chown(tmp_path / "file", 54321, 54322)

    seen = host.stat(f"{tmp_path}/file")

    assert seen is not None
    assert (seen.owner, seen.group) == ("54321", "54322")


def test_the_present_user_has_a_name() -> None:
    assert identity.present_user() == identity.account(identity.present_user()).pw_name


def test_what_is_right_already_is_not_touched(host: Driver, tmp_path: Path) -> None:
    host.make_directory(f"{tmp_path}/dir", mode=0o750)
    before = (tmp_path / "dir").stat().st_ctime_ns

    host.make_directory(f"{tmp_path}/dir", mode=0o750, owner=identity.present_user())

    assert (tmp_path / "dir").stat().st_ctime_ns == before


def test_no_descriptor_is_left_open(host: Driver, tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))

    host.make_directory(f"{tmp_path}/a")
    host.write(f"{tmp_path}/a/file", b"")
    host.symlink("a", f"{tmp_path}/link")
    host.read(f"{tmp_path}/link/file")
    host.copy_tree(f"{tmp_path}/link", f"{tmp_path}/b")
    host.remove_tree(f"{tmp_path}/b")
    host.free_bytes(f"{tmp_path}/nowhere")
    with pytest.raises(Broken):
        host.write(f"{tmp_path}/nowhere/file", b"")
    with host.lock(f"{tmp_path}/lock"):
        pass

    assert len(os.listdir("/proc/self/fd")) == before
