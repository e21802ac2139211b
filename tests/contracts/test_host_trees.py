"""What every host promises about whole trees."""

from __future__ import annotations

import pytest

from aegir.drivers.host import TreeSize
from aegir.errors import Broken
from tests.contracts.ground import Ground
from tests.live.normal_user import NORMAL_USER


def test_removing_takes_files_and_links_and_minds_nothing_missing(ground: Ground) -> None:
    ground.host.write(ground.path("file"), b"")
    ground.host.symlink("file", ground.path("link"))

    for name in ("link", "link", "file", "file", "nowhere/file"):
        ground.host.remove(ground.path(name))

    assert ground.host.list(ground.at) == []


def test_removing_a_file_takes_no_directory(ground: Ground) -> None:
    ground.host.make_directory(ground.path("dir"))

    with pytest.raises(Broken, match="it is a directory"):
        ground.host.remove(ground.path("dir"))

    assert ground.host.list(ground.at) == ["dir"]


def test_removing_a_tree_takes_all_of_it_and_nothing_beyond(ground: Ground) -> None:
    for name in ("outside", "tree", "tree/a", "tree/a/b", "tree/c"):
        ground.host.make_directory(ground.path(name))
    ground.host.write(ground.path("outside/file"), b"spared")
    ground.host.write(ground.path("tree/a/b/file"), b"")
    ground.host.symlink("../outside", ground.path("tree/link"))
    ground.host.set_attributes(ground.path("tree/a/b"), mode=0o500)
    ground.host.set_attributes(ground.path("tree/a"), mode=0)

    ground.host.remove_tree(ground.path("tree"))
    ground.host.remove_tree(ground.path("tree"))
    ground.host.remove_tree(ground.path("tree/a"))

    assert ground.host.list(ground.at) == ["outside"]
    assert ground.host.read(ground.path("outside/file")) == b"spared"


def test_removing_a_tree_takes_a_single_file_or_link_too(ground: Ground) -> None:
    ground.host.write(ground.path("file"), b"")
    ground.host.symlink("file", ground.path("link"))

    ground.host.remove_tree(ground.path("link"))
    assert ground.host.list(ground.at) == ["file"]
    ground.host.remove_tree(ground.path("file"))
    assert ground.host.list(ground.at) == []


def _make_source(ground: Ground) -> None:
    for name in ("source", "source/a", "source/a/cache", "source/b", "source/b/cache"):
        ground.host.make_directory(ground.path(name))
    ground.host.write(ground.path("source/a/file.php"), b"<?php", mode=0o440)
    ground.host.write(ground.path("source/a/cache/file"), b"")
    ground.host.write(ground.path("source/b/cache/file"), b"")
    ground.host.write(ground.path("source/file.log"), b"")
    ground.host.symlink("a/file.php", ground.path("source/link"))
    ground.host.set_attributes(ground.path("source/b"), mode=0o2750)
    ground.host.set_attributes(ground.path("source"), mode=0o711)


def _tree(ground: Ground, top: str) -> dict[str, tuple[str, int, str | None]]:
    """Kind, mode and target of everything below, by path."""
    found: dict[str, tuple[str, int, str | None]] = {}
    for name in ground.host.list(ground.path(top)):
        path = f"{top}/{name}"
        seen = ground.host.stat(ground.path(path))
        assert seen is not None
        found[path.partition("/")[2]] = (seen.kind, seen.mode, seen.target)
        if seen.kind == "directory":
            found |= _tree(ground, path)
    return found


def test_a_copy_is_equal_to_its_source(ground: Ground) -> None:
    _make_source(ground)

    ground.host.copy_tree(ground.path("source"), ground.path("copy"))

    source, copy = ground.host.stat(ground.path("source")), ground.host.stat(ground.path("copy"))
    assert source is not None
    assert copy is not None
    assert (copy.mode, copy.owner) == (source.mode, source.owner)
    assert _tree(ground, "copy") == _tree(ground, "source")
    assert ground.host.read(ground.path("copy/a/file.php")) == b"<?php"


def test_a_copy_keeps_time_and_owner_of_each_file(as_root: Ground) -> None:
    as_root.host.make_directory(as_root.path("source"), owner=NORMAL_USER)
    as_root.host.write(as_root.path("source/file"), b"", owner=NORMAL_USER)

    as_root.host.copy_tree(as_root.path("source"), as_root.path("copy"))

    for name in ("", "/file"):
        assert as_root.host.stat(as_root.path(f"copy{name}")) == as_root.host.stat(
            as_root.path(f"source{name}")
        )


@pytest.mark.parametrize(
    ("exclude", "left_out"),
    [
        (["/a"], {"a", "a/file.php", "a/cache", "a/cache/file"}),
        (["cache/"], {"a/cache", "a/cache/file", "b/cache", "b/cache/file"}),
        (["/a/cache"], {"a/cache", "a/cache/file"}),
        (["*.log", "/a/*.php"], {"file.log", "a/file.php"}),
        (["/**/file"], {"a/cache/file", "b/cache/file"}),
        (["/file.log/", "/nothing"], set()),
        (["/?/cache"], {"a/cache", "a/cache/file", "b/cache", "b/cache/file"}),
    ],
)
def test_a_copy_leaves_out_what_is_excluded(ground: Ground, exclude: list[str], left_out: set[str]) -> None:
    _make_source(ground)

    ground.host.copy_tree(ground.path("source"), ground.path("copy"), exclude=exclude)

    assert set(_tree(ground, "source")) - set(_tree(ground, "copy")) == left_out


def test_a_copy_needs_a_directory_to_copy_and_a_free_name(ground: Ground) -> None:
    ground.host.make_directory(ground.path("dir"))
    ground.host.write(ground.path("dir/file"), b"kept")
    ground.host.write(ground.path("file"), b"")

    with pytest.raises(Broken, match="something is there already"):
        ground.host.copy_tree(ground.path("dir"), ground.path("dir"))
    with pytest.raises(Broken, match="part of it is not a directory"):
        ground.host.copy_tree(ground.path("file"), ground.path("new"))
    with pytest.raises(Broken, match="there is nothing there"):
        ground.host.copy_tree(ground.path("nothing"), ground.path("new"))

    assert ground.host.list(ground.at) == ["dir", "file"]
    assert ground.host.read(ground.path("dir/file")) == b"kept"


def test_a_tree_goes_nowhere_into_itself(ground: Ground) -> None:
    _make_source(ground)
    before = _tree(ground, "source")

    with pytest.raises(Broken, match="it cannot go into itself"):
        ground.host.copy_tree(ground.path("source"), ground.path("source/copy"))
    with pytest.raises(Broken, match="it cannot go into itself"):
        ground.host.rename(ground.path("source"), ground.path("source/a/new"))

    assert _tree(ground, "source") == before


def test_refreshing_brings_a_copy_up_to_date_and_touches_nothing_else(ground: Ground) -> None:
    _make_source(ground)
    ground.host.copy_tree(ground.path("source"), ground.path("copy"))
    ground.host.write(ground.path("source/new"), b"new", mode=0o600)
    ground.host.write(ground.path("source/a/file.php"), b"<?php // longer")
    ground.host.set_attributes(ground.path("source/file.log"), mode=0o640)
    ground.host.set_attributes(ground.path("source/a"), mode=0o750)
    ground.host.symlink("nowhere", ground.path("source/link"))
    ground.host.remove_tree(ground.path("source/b"))

    ground.host.refresh_tree(ground.path("source"), ground.path("copy"))

    assert _tree(ground, "copy") == _tree(ground, "source")
    assert ground.host.read(ground.path("copy/a/file.php")) == b"<?php // longer"
    assert ground.host.read(ground.path("copy/new")) == b"new"
    before = _tree(ground, "copy")
    ground.host.refresh_tree(ground.path("source"), ground.path("copy"))
    assert _tree(ground, "copy") == before


def test_refreshing_replaces_things_of_another_kind_and_follows_no_link(ground: Ground) -> None:
    for name in ("outside", "source", "source/was-link", "source/was-file", "copy", "copy/was-dir"):
        ground.host.make_directory(ground.path(name))
    ground.host.write(ground.path("outside/kept"), b"kept")
    ground.host.write(ground.path("source/was-link/file"), b"x")
    ground.host.write(ground.path("source/was-dir"), b"file now")
    ground.host.symlink("../outside/kept", ground.path("source/link"))
    ground.host.symlink("../outside", ground.path("copy/was-link"))
    ground.host.write(ground.path("copy/was-dir/file"), b"gone")
    ground.host.write(ground.path("copy/was-file"), b"directory now")
    ground.host.write(ground.path("copy/link"), b"link now")

    ground.host.refresh_tree(ground.path("source"), ground.path("copy"))

    assert _tree(ground, "copy") == _tree(ground, "source")
    assert ground.host.read(ground.path("copy/was-dir")) == b"file now"
    assert ground.host.read(ground.path("outside/kept")) == b"kept"
    assert ground.host.list(ground.path("outside")) == ["kept"]


def test_refreshing_leaves_alone_what_is_excluded_on_either_side(ground: Ground) -> None:
    for name in ("source", "copy", "copy/cache", "source/new"):
        ground.host.make_directory(ground.path(name))
    ground.host.write(ground.path("copy/settings.php"), b"of the copy")
    ground.host.write(ground.path("copy/cache/file"), b"of the copy")
    ground.host.write(ground.path("copy/gone"), b"")
    ground.host.write(ground.path("source/settings.php"), b"of the source")
    ground.host.write(ground.path("source/new/file.log"), b"")

    exclude = ["/settings.php", "cache/", "*.log"]
    ground.host.refresh_tree(ground.path("source"), ground.path("copy"), exclude=exclude)

    assert ground.host.read(ground.path("copy/settings.php")) == b"of the copy"
    assert set(_tree(ground, "copy")) == {"settings.php", "cache", "cache/file", "new"}


def test_only_a_directory_can_be_refreshed_and_not_from_itself(ground: Ground) -> None:
    for name in ("source", "source/inner"):
        ground.host.make_directory(ground.path(name))
    ground.host.write(ground.path("file"), b"kept")

    for target, reason in (
        ("nothing", "there is nothing there"),
        ("file", "part of it is not a directory"),
        ("source/inner", "it cannot go into itself"),
        ("source", "it cannot go into itself"),
    ):
        with pytest.raises(Broken, match=reason):
            ground.host.refresh_tree(ground.path("source"), ground.path(target))
    with pytest.raises(Broken, match="it cannot go into itself"):
        ground.host.refresh_tree(ground.path("source/inner"), ground.path("source"))

    assert ground.host.read(ground.path("file")) == b"kept"
    assert ground.host.list(ground.path("source")) == ["inner"]


def test_refreshing_corrects_owners(as_root: Ground) -> None:
    as_root.host.make_directory(as_root.path("source"), owner=NORMAL_USER)
    as_root.host.write(as_root.path("source/file"), b"x", owner=NORMAL_USER)
    as_root.host.copy_tree(as_root.path("source"), as_root.path("copy"))
    as_root.host.set_attributes(as_root.path("copy"), owner="root")
    as_root.host.set_attributes(as_root.path("copy/file"), owner="root", mode=0o600)

    as_root.host.refresh_tree(as_root.path("source"), as_root.path("copy"))

    for name in ("", "/file"):
        assert as_root.host.stat(as_root.path(f"copy{name}")) == as_root.host.stat(
            as_root.path(f"source{name}")
        )


def test_the_size_of_a_tree_counts_files_and_links_and_their_bytes(ground: Ground) -> None:
    for name in ("tree", "tree/a", "outside"):
        ground.host.make_directory(ground.path(name))
    ground.host.write(ground.path("tree/one"), b"12345")
    ground.host.write(ground.path("tree/a/two"), b"123")
    ground.host.write(ground.path("outside/large"), b"x" * 1000)
    ground.host.symlink("../outside", ground.path("tree/link"))

    assert ground.host.tree_size(ground.path("tree")) == TreeSize(bytes=8, files=3)
    assert ground.host.tree_size(ground.path("tree/one")) == TreeSize(bytes=5, files=1)
    assert ground.host.tree_size(ground.path("tree/nothing")) == TreeSize(bytes=0, files=0)
    assert ground.host.tree_size(ground.path("tree/one/nothing")) == TreeSize(bytes=0, files=0)
