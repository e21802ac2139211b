"""What every host promises about files, directories and locks."""

from __future__ import annotations

import threading

import pytest

from aegir.errors import Broken
from tests.contracts.ground import Ground
from tests.live.normal_user import NORMAL_USER


def test_what_is_written_can_be_read(ground: Ground) -> None:
    ground.host.write(ground.path("file"), b"\x00 bytes", mode=0o640)

    assert ground.host.read(ground.path("file")) == b"\x00 bytes"
    seen = ground.host.stat(ground.path("file"))
    assert seen is not None
    assert (seen.kind, seen.mode, seen.owner, seen.size, seen.target) == (
        "file",
        0o640,
        ground.user,
        7,
        None,
    )


def test_writing_again_replaces_content_and_mode(ground: Ground) -> None:
    ground.host.write(ground.path("file"), b"old", mode=0o400)
    ground.host.write(ground.path("file"), b"new", mode=0o600)

    seen = ground.host.stat(ground.path("file"))
    assert ground.host.read(ground.path("file")) == b"new"
    assert seen is not None
    assert seen.mode == 0o600
    assert ground.host.list(ground.at) == ["file"]


def test_a_file_can_be_given_away_by_root(as_root: Ground) -> None:
    as_root.host.write(as_root.path("file"), b"", owner=NORMAL_USER, group=NORMAL_USER, mode=0o4750)

    seen = as_root.host.stat(as_root.path("file"))
    assert seen is not None
    assert (seen.owner, seen.group, seen.mode) == (NORMAL_USER, NORMAL_USER, 0o4750)


def test_a_file_cannot_be_given_away_by_others_and_nothing_is_left(as_user: Ground) -> None:
    with pytest.raises(Broken, match=f"Could not write {as_user.at}/file: the user «.*» may not"):
        as_user.host.write(as_user.path("file"), b"", owner="root")

    assert as_user.host.list(as_user.at) == []


def test_unknown_owners_and_groups_are_named_and_nothing_is_left(ground: Ground) -> None:
    with pytest.raises(Broken, match="no user «nobody-of-that-name»"):
        ground.host.write(ground.path("file"), b"", owner="nobody-of-that-name")
    with pytest.raises(Broken, match=r"no .* «nobody-of-that-name»"):
        ground.host.write(ground.path("file"), b"", group="nobody-of-that-name")

    assert ground.host.list(ground.at) == []


def test_nothing_is_read_or_seen_where_nothing_is(ground: Ground) -> None:
    ground.host.write(ground.path("file"), b"")

    for name in ("nothing", "nothing/below", "file/below"):
        assert ground.host.read(ground.path(name)) is None
        assert ground.host.stat(ground.path(name)) is None


def test_the_top_of_everything_is_a_directory(ground: Ground) -> None:
    seen = ground.host.stat("/")

    assert seen is not None
    assert seen.kind == "directory"


def test_a_directory_is_not_read_or_written_as_a_file(ground: Ground) -> None:
    ground.host.make_directory(ground.path("dir"))

    with pytest.raises(Broken, match=r"Could not read .*/dir: it is not a file"):
        ground.host.read(ground.path("dir"))
    with pytest.raises(Broken, match=r"Could not write .*/dir: it is a directory"):
        ground.host.write(ground.path("dir"), b"")

    assert ground.host.list(ground.at) == ["dir"]


def test_a_file_is_written_only_into_a_directory_that_is_there(ground: Ground) -> None:
    ground.host.write(ground.path("file"), b"")

    with pytest.raises(Broken, match="there is nothing there"):
        ground.host.write(ground.path("nowhere/file"), b"")
    with pytest.raises(Broken, match="part of it is not a directory"):
        ground.host.write(ground.path("file/file"), b"")


def test_making_a_directory_again_only_sets_its_mode(ground: Ground) -> None:
    ground.host.make_directory(ground.path("dir"), mode=0o700)
    ground.host.write(ground.path("dir/file"), b"kept")
    ground.host.make_directory(ground.path("dir"), mode=0o2775)

    seen = ground.host.stat(ground.path("dir"))
    assert seen is not None
    assert (seen.kind, seen.mode) == ("directory", 0o2775)
    assert ground.host.list(ground.path("dir")) == ["file"]


def test_a_directory_is_not_made_over_a_file(ground: Ground) -> None:
    ground.host.write(ground.path("file"), b"")

    with pytest.raises(Broken, match="part of it is not a directory"):
        ground.host.make_directory(ground.path("file"))


def test_only_what_is_given_is_changed(ground: Ground) -> None:
    ground.host.write(ground.path("file"), b"", mode=0o600)
    ground.host.set_attributes(ground.path("file"))
    untouched = ground.host.stat(ground.path("file"))
    ground.host.set_attributes(ground.path("file"), mode=0o640, owner=ground.user)
    changed = ground.host.stat(ground.path("file"))

    assert untouched is not None
    assert changed is not None
    assert (untouched.mode, changed.mode) == (0o600, 0o640)
    assert (untouched.owner, untouched.mtime_ns) == (changed.owner, changed.mtime_ns)


def test_the_attributes_of_a_link_are_its_own(as_root: Ground) -> None:
    as_root.host.write(as_root.path("file"), b"", mode=0o600)
    as_root.host.symlink("file", as_root.path("link"))

    as_root.host.set_attributes(as_root.path("link"), mode=0o666, owner=NORMAL_USER)

    file, link = as_root.host.stat(as_root.path("file")), as_root.host.stat(as_root.path("link"))
    assert file is not None
    assert link is not None
    assert (file.owner, file.mode, link.owner, link.mode) == ("root", 0o600, NORMAL_USER, 0o777)


def test_attributes_of_nothing_cannot_be_changed(ground: Ground) -> None:
    with pytest.raises(Broken, match="there is nothing there"):
        ground.host.set_attributes(ground.path("nothing"), mode=0o600)


def test_names_are_listed_in_order_and_only_direct_ones(ground: Ground) -> None:
    ground.host.make_directory(ground.path("b"))
    ground.host.write(ground.path("b/inner"), b"")
    ground.host.write(ground.path("a"), b"")
    ground.host.write(ground.path(".c"), b"")

    assert ground.host.list(ground.at) == [".c", "a", "b"]
    assert ground.host.list(ground.path("nothing")) == []


def test_a_file_has_no_names_in_it(ground: Ground) -> None:
    ground.host.write(ground.path("file"), b"")

    with pytest.raises(Broken, match="part of it is not a directory"):
        ground.host.list(ground.path("file"))


def test_a_tree_moves_as_one(ground: Ground) -> None:
    ground.host.make_directory(ground.path("old"))
    ground.host.write(ground.path("old/file"), b"content")

    ground.host.rename(ground.path("old"), ground.path("new"))

    assert ground.host.list(ground.at) == ["new"]
    assert ground.host.read(ground.path("new/file")) == b"content"


def test_moving_replaces_a_file_but_no_directory(ground: Ground) -> None:
    ground.host.write(ground.path("a"), b"a")
    ground.host.write(ground.path("b"), b"b")
    ground.host.make_directory(ground.path("dir"))

    ground.host.rename(ground.path("a"), ground.path("b"))
    with pytest.raises(Broken, match=r"Could not move .*/b to .*/dir: it is a directory"):
        ground.host.rename(ground.path("b"), ground.path("dir"))

    assert ground.host.read(ground.path("b")) == b"a"
    assert ground.host.list(ground.at) == ["b", "dir"]


def test_nothing_cannot_be_moved(ground: Ground) -> None:
    with pytest.raises(Broken, match="there is nothing there"):
        ground.host.rename(ground.path("nothing"), ground.path("new"))


def test_free_space_is_told_also_for_what_is_not_there_yet(ground: Ground) -> None:
    for path in (ground.at, ground.path("not/there/yet")):
        assert 0 < ground.host.free_bytes(path) <= ground.host.disk_bytes(path)
    assert ground.host.disk_bytes(ground.path("not/there/yet")) == ground.host.disk_bytes(ground.at)


@pytest.mark.parametrize("path", ["relative", "", "/a/../b", "/a//b", "//a", "/a/", "/a\0b"])
def test_only_absolute_normalised_paths_are_taken(ground: Ground, path: str) -> None:
    for attempt in (ground.host.stat, ground.host.read, ground.host.list, ground.host.remove):
        with pytest.raises(ValueError, match="absolute, normalised"):
            attempt(path)


def test_a_lock_keeps_others_out_until_it_is_let_go(ground: Ground) -> None:
    order: list[str] = []
    held = threading.Event()

    def other() -> None:
        held.wait(10)
        with ground.host.lock(ground.path("lock")):
            order.append("other")

    thread = threading.Thread(target=other)
    thread.start()
    with ground.host.lock(ground.path("lock")):
        held.set()
        with pytest.raises(Broken, match="still locked"), ground.host.lock(ground.path("lock"), timeout=0.1):
            order.append("intruder")
        order.append("first")
    thread.join(10)

    assert order == ["first", "other"]
    seen = ground.host.stat(ground.path("lock"))
    assert seen is not None
    assert seen.mode == 0o600


def test_a_lock_is_let_go_when_its_holder_fails(ground: Ground) -> None:
    with pytest.raises(KeyError), ground.host.lock(ground.path("lock")):
        raise KeyError

    with ground.host.lock(ground.path("lock"), timeout=0.1):
        assert ground.host.list(ground.at) == ["lock"]
