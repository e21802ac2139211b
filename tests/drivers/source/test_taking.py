"""What foreign programs made becomes one's own, and nothing in it leads elsewhere or gives powers."""

from __future__ import annotations

import os
import stat
import struct
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from aegir.drivers.source.taking import leads_out, take
from aegir.errors import Broken
from tests.contracts.sources import BUILDER, folder, written
from tests.live.normal_user import NORMAL_USER

ANY = 0xFFFFFFFF
OWNER = NORMAL_USER if os.geteuid() == 0 else None


@pytest.fixture
def code() -> Iterator[Path]:
    with folder() as place:
        made = written(place / "code")
        if BUILDER:
            subprocess.run(["chown", "-Rh", BUILDER, str(made)], check=True)
        yield made


def test_everything_is_the_owners_and_nobody_elses_to_write(code: Path) -> None:
    (code / "core").chmod(0o2777)
    (code / "index.php").chmod(0o6777)
    (code / "core/large.bin").chmod(0o000)
    take(str(code), OWNER)
    modes = {str(path.relative_to(code)): stat.S_IMODE(path.lstat().st_mode) for path in code.rglob("*")
             if not path.is_symlink()}  # fmt: skip
    assert modes == {
        "index.php": 0o755, "core": 0o755, "core/lib": 0o755, "core/lib/Drupal.php": 0o644,
        "core/large.bin": 0o644, "bin": 0o755, "bin/tool": 0o755,
    }  # fmt: skip
    if OWNER:
        assert {path.owner() for path in (code, *code.rglob("*"))} == {OWNER}


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda code: os.mkfifo(code / "core/pipe"), "core/pipe is neither file nor directory"),
        (lambda code: (code / "out").symlink_to("/etc"), "out is a link that leads out"),
        (lambda code: (code / "core/out").symlink_to("../../x"), "core/out is a link that leads out"),
        (lambda code: (code / "out").symlink_to("latest/../../x"), "out is a link that leads out"),
        (
            lambda code: os.link(code / "index.php", code.parent / "kept"),
            "index.php is a file that has another",
        ),
    ],
)
def test_what_leads_elsewhere_is_not_taken(spoil: Callable[[Path], None], says: str, code: Path) -> None:
    spoil(code)
    with pytest.raises(Broken, match=says):
        take(str(code), OWNER)


def test_names_of_one_file_within_the_code_are_fine(code: Path) -> None:
    os.link(code / "index.php", code / "core/index.php")
    take(str(code), OWNER)
    assert (code / "index.php").samefile(code / "core/index.php")


def test_an_access_list_of_the_builders_does_not_stay(code: Path) -> None:
    entries = [(1, 6, ANY), (2, 7, 65534), (4, 4, ANY), (0x10, 7, ANY), (0x20, 4, ANY)]
    text = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
    try:
        os.setxattr(code / "index.php", "system.posix_acl_access", text)
        os.setxattr(code / "core", "system.posix_acl_default", text)
    except OSError:
        pytest.skip("This file system has no access lists.")
    take(str(code), OWNER)
    assert not [name for path in code.rglob("*") if not path.is_symlink() for name in os.listxattr(path)]


@pytest.mark.parametrize(
    ("target", "depth", "out"),
    [("x", 1, False), ("../x", 1, True), ("../x", 2, False), ("../../x", 2, True), ("a/../x", 3, True),
     ("/x", 5, True), ("", 5, True), (".", 1, False), ("./../x", 1, True), ("..", 1, True), ("..", 2, False)],
)  # fmt: skip
def test_where_links_lead(target: str, depth: int, out: bool) -> None:
    assert leads_out(target, depth) is out
