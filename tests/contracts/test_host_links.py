"""What every host promises about links."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from aegir.drivers.host import Host
from aegir.errors import Broken
from tests.contracts.ground import Ground
from tests.live.normal_user import NORMAL_USER


def test_a_link_says_where_it_points_and_is_replaced(ground: Ground) -> None:
    ground.host.symlink("first", ground.path("link"))
    ground.host.symlink("second", ground.path("link"))

    seen = ground.host.stat(ground.path("link"))
    assert seen is not None
    assert (seen.kind, seen.target) == ("link", "second")


def test_a_link_replaces_nothing_but_a_link(ground: Ground) -> None:
    ground.host.write(ground.path("file"), b"kept")

    with pytest.raises(Broken, match="something is there already"):
        ground.host.symlink("elsewhere", ground.path("file"))

    assert ground.host.read(ground.path("file")) == b"kept"


def test_own_links_are_followed_on_the_way(ground: Ground) -> None:
    ground.host.make_directory(ground.path("dir"))
    ground.host.write(ground.path("dir/file"), b"content")
    ground.host.symlink("./dir", ground.path("relative"))
    ground.host.symlink(ground.path("dir/../relative"), ground.path("absolute"))

    ground.host.write(ground.path("absolute/new"), b"new")

    assert ground.host.read(ground.path("absolute/file")) == b"content"
    assert ground.host.list(ground.path("dir")) == ["file", "new"]


def test_a_loop_of_links_ends(ground: Ground) -> None:
    ground.host.symlink("b", ground.path("a"))
    ground.host.symlink("a", ground.path("b"))

    with pytest.raises(Broken, match="loop of links"):
        ground.host.read(ground.path("a/file"))


def test_writing_replaces_a_link_and_spares_what_it_points_to(ground: Ground) -> None:
    ground.host.write(ground.path("file"), b"spared")
    ground.host.symlink("file", ground.path("link"))

    ground.host.write(ground.path("link"), b"new")

    assert ground.host.read(ground.path("file")) == b"spared"
    assert ground.host.read(ground.path("link")) == b"new"


@pytest.mark.parametrize(
    "attempt",
    [
        lambda host, at: host.read(f"{at}/planted/secret"),
        lambda host, at: host.read(f"{at}/leak"),
        lambda host, at: host.write(f"{at}/planted/new", b""),
        lambda host, at: host.list(f"{at}/planted"),
        lambda host, at: host.stat(f"{at}/planted/secret"),
        lambda host, at: host.make_directory(f"{at}/planted/new"),
        lambda host, at: host.set_attributes(f"{at}/planted/secret", mode=0o777),
        lambda host, at: host.rename(f"{at}/planted/secret", f"{at}/mine"),
        lambda host, at: host.symlink("x", f"{at}/planted/new"),
        lambda host, at: host.remove(f"{at}/planted/secret"),
        lambda host, at: host.remove_tree(f"{at}/planted/secret"),
        lambda host, at: host.copy_tree(f"{at}/planted", f"{at}/copy"),
    ],
)
def test_root_follows_no_link_that_another_planted(
    as_root: Ground, attempt: Callable[[Host, str], None]
) -> None:
    host = as_root.host
    host.make_directory(as_root.path("private"))
    host.write(as_root.path("private/secret"), b"secret", mode=0o600)
    host.make_directory(as_root.path("web"), owner=NORMAL_USER)
    host.symlink("../private", as_root.path("web/planted"))
    host.symlink("../private/secret", as_root.path("web/leak"))
    host.set_attributes(as_root.path("web/planted"), owner=NORMAL_USER)
    host.set_attributes(as_root.path("web/leak"), owner=NORMAL_USER)

    with pytest.raises(Broken, match=f"a link that «{NORMAL_USER}» made"):
        attempt(host, as_root.path("web"))

    seen = host.stat(as_root.path("private/secret"))
    assert seen is not None
    assert seen.mode == 0o600
    assert host.list(as_root.path("private")) == ["secret"]
