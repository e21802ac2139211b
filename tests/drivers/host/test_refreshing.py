"""Refreshing and measuring trees on this machine: what the contract suite cannot try in memory."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from aegir.drivers.host import TreeSize
from aegir.drivers.host.local import Driver
from tests.live.normal_user import being_normal_user


@pytest.fixture
def copied(host: Driver, tmp_path: Path) -> tuple[Path, Path]:
    """A tree and its copy."""
    source, copy = tmp_path / "source", tmp_path / "copy"
    (source / "inner").mkdir(parents=True)
    (source / "inner" / "file").write_text("as it was")
    host.copy_tree(str(source), str(copy))
    return source, copy


def test_a_file_that_is_the_same_is_not_written_again(host: Driver, copied: tuple[Path, Path]) -> None:
    source, copy = copied
    before = (copy / "inner/file").stat()

    host.refresh_tree(str(source), str(copy))

    after = (copy / "inner/file").stat()
    assert (after.st_ino, after.st_ctime_ns) == (before.st_ino, before.st_ctime_ns)


def test_a_file_of_the_same_size_and_another_time_is_copied(host: Driver, copied: tuple[Path, Path]) -> None:
    source, copy = copied
    (source / "inner/file").write_text("as it IS!")
    os.utime(source / "inner/file", ns=(1, 1))

    host.refresh_tree(str(source), str(copy))

    assert (copy / "inner/file").read_text() == "as it IS!"
    assert (copy / "inner/file").stat().st_mtime_ns == 1


def test_a_mode_is_corrected_without_copying(host: Driver, copied: tuple[Path, Path]) -> None:
    source, copy = copied
    before = (copy / "inner/file").stat().st_ino
    (copy / "inner/file").chmod(0o600)

    host.refresh_tree(str(source), str(copy))

    after = (copy / "inner/file").stat()
    assert (after.st_ino, after.st_mode) == (before, (source / "inner/file").stat().st_mode)


def test_a_second_name_of_a_file_elsewhere_is_replaced_not_changed(
    host: Driver, copied: tuple[Path, Path], tmp_path: Path
) -> None:
    source, copy = copied
    seen = (source / "inner/file").stat()
    (tmp_path / "elsewhere").write_text("elsewhere")
    (tmp_path / "elsewhere").chmod(0o600)
    os.utime(tmp_path / "elsewhere", ns=(seen.st_atime_ns, seen.st_mtime_ns))
    (copy / "inner/file").unlink()
    os.link(tmp_path / "elsewhere", copy / "inner/file")

    host.refresh_tree(str(source), str(copy))

    assert (tmp_path / "elsewhere").stat().st_mode & 0o777 == 0o600
    assert (copy / "inner/file").read_text() == "as it was"


def test_pipes_are_neither_copied_nor_kept(host: Driver, copied: tuple[Path, Path]) -> None:
    source, copy = copied
    for top in copied:
        os.mkfifo(top / "pipe")
    os.mkfifo(source / "new")

    host.refresh_tree(str(source), str(copy))

    assert os.listdir(copy) == ["inner"]


def test_a_link_that_leads_elsewhere_now_is_made_anew(host: Driver, copied: tuple[Path, Path]) -> None:
    source, copy = copied
    for top, target in ((source, "one"), (copy, "two")):
        (top / "link").symlink_to(target)
        os.utime(top / "link", ns=(1, 1), follow_symlinks=False)

    host.refresh_tree(str(source), str(copy))

    assert os.readlink(copy / "link") == "one"


def test_a_normal_user_refreshes_what_he_closed_to_himself(host: Driver) -> None:
    with being_normal_user() as (_, home):
        source, copy = Path(home, "source"), Path(home, "copy")
        (source / "inner").mkdir(parents=True)
        (source / "inner/file").write_text("x")
        host.copy_tree(str(source), str(copy))
        (copy / "inner/file").chmod(0)
        (copy / "inner").chmod(0o500)
        (source / "inner/new").write_text("new")

        host.refresh_tree(str(source), str(copy))

        assert (copy / "inner/new").read_text() == "new"
        assert (copy / "inner/file").read_text() == "x"
        assert (copy / "inner").stat().st_mode == (source / "inner").stat().st_mode


def test_a_pipe_measures_nothing(host: Driver, copied: tuple[Path, Path]) -> None:
    os.mkfifo(copied[0] / "pipe")

    assert host.tree_size(str(copied[0])) == TreeSize(bytes=9, files=2)
