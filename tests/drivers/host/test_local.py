"""Files on this machine: what the contract suite cannot try in memory."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from aegir.drivers.host import identity, tree
from aegir.drivers.host.local import Driver
from aegir.errors import Broken
from tests.live.normal_user import being_normal_user

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can do that")


@pytest.fixture
def host() -> Driver:
    return Driver()


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


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("file systems cannot be mounted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


def test_a_full_disk_is_named_and_nothing_is_left_on_it(host: Driver, small_disk: Path) -> None:
    with pytest.raises(Broken, match=rf"Could not write {small_disk}/file: no space left"):
        host.write(f"{small_disk}/file", b"x" * 100_000)

    assert os.listdir(small_disk) == []


def test_a_copy_that_does_not_fit_leaves_nothing(host: Driver, small_disk: Path, tmp_path: Path) -> None:
    (tmp_path / "source/inner").mkdir(parents=True)
    (tmp_path / "source/inner/small").write_bytes(b"x")
    (tmp_path / "source/large").write_bytes(b"x" * 100_000)

    with pytest.raises(Broken, match=f"to {small_disk}/copy/large: no space left"):
        host.copy_tree(f"{tmp_path}/source", f"{small_disk}/copy")

    assert os.listdir(small_disk) == []


def test_a_copy_may_go_to_another_file_system(host: Driver, small_disk: Path, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "file").write_bytes(b"x" * 10_000)

    host.copy_tree(f"{tmp_path}/source", f"{small_disk}/copy")

    assert (small_disk / "copy" / "file").read_bytes() == b"x" * 10_000


def test_nothing_moves_between_file_systems(host: Driver, small_disk: Path, tmp_path: Path) -> None:
    host.write(f"{tmp_path}/file", b"kept")

    with pytest.raises(Broken, match="from one file system to another"):
        host.rename(f"{tmp_path}/file", f"{small_disk}/file")

    assert host.read(f"{tmp_path}/file") == b"kept"


def test_a_mounted_file_system_is_not_removed(host: Driver, small_disk: Path) -> None:
    with pytest.raises(Broken, match=f"Could not remove {small_disk}"):
        host.remove_tree(str(small_disk))


def test_a_tree_of_any_depth_is_removed(host: Driver, tmp_path: Path) -> None:
    at = os.open(tmp_path, os.O_RDONLY)
    for _ in range(3000):
        os.mkdir("d", dir_fd=at)
        below = os.open("d", os.O_RDONLY, dir_fd=at)
        os.close(at)
        at = below
    os.close(os.open("file", os.O_CREAT, dir_fd=at))
    os.close(at)

    host.remove_tree(f"{tmp_path}/d")

    assert os.listdir(tmp_path) == []


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
def test_an_immutable_file_is_named(host: Driver, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    frozen = tmp_path / "tree" / "frozen"
    frozen.touch()
    if subprocess.run(["chattr", "+i", str(frozen)], check=False, capture_output=True).returncode != 0:
        pytest.skip("this file system has no immutable files")
    try:
        for path in (f"{tmp_path}/tree", f"{tmp_path}/tree/frozen"):
            with pytest.raises(Broken, match=f"Could not remove {path}: the user «root» may not"):
                host.remove_tree(path)
    finally:
        subprocess.run(["chattr", "-i", str(frozen)], check=True)


def test_a_normal_user_removes_directories_that_he_closed_to_himself(host: Driver) -> None:
    with being_normal_user() as (_, home):
        Path(home, "tree/a/b/c").mkdir(parents=True)
        Path(home, "tree/a/b/c/file").touch()
        for closed in ("tree/a/b/c", "tree/a/b", "tree/a", "tree"):
            Path(home, closed).chmod(0)

        host.remove_tree(f"{home}/tree")

        assert os.listdir(home) == []


@only_root
def test_a_normal_user_removes_nothing_from_a_directory_of_roots(host: Driver, tmp_path: Path) -> None:
    with being_normal_user():
        with pytest.raises(Broken, match="may not; correct its owner and mode"):
            host.remove("/etc/hostname")
        with pytest.raises(Broken, match="may not; correct its owner and mode"):
            host.remove_tree("/etc/apt")


def test_removing_gives_up_on_a_tree_that_is_filled_all_the_while(
    host: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tree").mkdir()
    emptying = tree._directories_after_unlinking

    def refilled(directory: int) -> list[str]:
        found = emptying(directory)
        os.close(os.open("new", os.O_CREAT, dir_fd=directory))
        return found

    monkeypatch.setattr(tree, "_directories_after_unlinking", refilled)

    with pytest.raises(Broken, match="files keep appearing in it; stop what writes there"):
        host.remove_tree(f"{tmp_path}/tree")


def test_no_swapped_link_leads_a_removal_out_of_its_tree(host: Driver, tmp_path: Path) -> None:
    outside, swapping = tmp_path / "outside", threading.Event()
    outside.mkdir()
    (outside / "spared").touch()

    def swap() -> None:
        """What an attacker does who may write in the tree."""
        while not swapping.is_set():
            for name, make in (("x", os.mkdir), ("x", lambda path: os.symlink(outside, path))):
                try:
                    make(tmp_path / "tree" / name)
                    os.rename(tmp_path / "tree" / name, tmp_path / "tree" / "y")
                except OSError:
                    continue

    attacker = threading.Thread(target=swap)
    attacker.start()
    try:
        for _ in range(100):
            (tmp_path / "tree").mkdir(exist_ok=True)
            try:
                host.remove_tree(f"{tmp_path}/tree")
            except Broken:
                continue
    finally:
        swapping.set()
        attacker.join(30)

    assert os.listdir(outside) == ["spared"]


def test_sockets_and_pipes_are_left_out_of_a_copy(host: Driver, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    os.mkfifo(tmp_path / "source" / "pipe")
    (tmp_path / "source" / "file").write_text("x")

    host.copy_tree(f"{tmp_path}/source", f"{tmp_path}/copy")

    assert os.listdir(tmp_path / "copy") == ["file"]


def test_a_large_file_is_copied_whole(host: Driver, tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    content = os.urandom(3_000_000)
    (tmp_path / "source" / "file").write_bytes(content)

    host.copy_tree(f"{tmp_path}/source", f"{tmp_path}/copy")

    assert (tmp_path / "copy" / "file").read_bytes() == content


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
