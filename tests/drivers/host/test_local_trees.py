"""Trees on this machine, removed and copied: what the contract suite cannot try in memory."""

from __future__ import annotations

import os
import subprocess
import threading
from pathlib import Path

import pytest

from aegir.drivers.host import tree
from aegir.drivers.host.local import Driver
from aegir.errors import Broken
from tests.live.normal_user import being_normal_user

only_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can do that")


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
