"""What every driver of sources promises."""

from __future__ import annotations

import os
import signal
import stat
import time
from dataclasses import replace
from pathlib import Path

import pytest

from aegir.drivers.source import Access, Source
from aegir.errors import Broken, Refused, Unreachable
from tests.contracts.sources import ADDED, BUILDER, CODE, Ground, content

SECRETS = (Access("example.org", "token", secret="s3cret-t0ken"),)


def test_the_code_is_there_and_nothing_else(source_ground: Ground) -> None:
    into, _ = source_ground.build()
    assert source_ground.code(into) == {**CODE, "latest": "core"}
    for added in ADDED.get(source_ground.kind, ()):
        assert [name for name in content(into) if name.startswith(added)], added
    modes = {name: stat.S_IMODE((into / name).stat().st_mode) & 0o100 for name in ("bin/tool", "index.php")}
    assert modes == {"bin/tool": 0o100, "index.php": 0}


def test_the_same_source_has_the_same_identity(source_ground: Ground) -> None:
    _, one = source_ground.build()
    _, two = source_ground.build()
    assert one == two
    assert len(one.identity.split()) == 2
    assert one.identity.split()[1] in str(one.facts)


def test_what_is_built_is_the_builders(source_ground: Ground) -> None:
    """He may be asked to run Composer in it; whoever takes it over afterwards is somebody else."""
    into, _ = source_ground.build()
    if BUILDER:
        assert {path.owner() for path in into.rglob("*") if not path.is_symlink()} == {BUILDER}


@pytest.mark.parametrize(
    ("limit", "most"), [("bytes", 100_000), ("files", 2), ("seconds", 0.0)], ids=["bytes", "files", "seconds"]
)
def test_it_ends_at_its_limits(limit: str, most: float, source_ground: Ground) -> None:
    with pytest.raises((Broken, Refused)):
        source_ground.build(**{limit: most})
    into, _ = source_ground.build()
    assert source_ground.code(into) == {**CODE, "latest": "core"}


def test_a_source_that_is_not_there_is_named(source_ground: Ground) -> None:
    gone = replace(source_ground.source, location=f"{source_ground.folder}/no-such-thing")
    with pytest.raises((Refused, Unreachable), match="no-such-thing"):
        source_ground.build(gone)


@pytest.mark.parametrize("location", ["", " ", "relative", "a\nb", "ext::sh -c id", "-x", "https://", "a\0b"])
def test_what_cannot_be_a_source_is_refused_without_looking(location: str, source_ground: Ground) -> None:
    with pytest.raises(Refused):
        source_ground.driver.check(Source(source_ground.source.kind, location))


def test_what_can_be_one_is_not(source_ground: Ground) -> None:
    source_ground.driver.check(source_ground.source)


def test_no_secret_is_in_what_is_built_kept_or_said(source_ground: Ground) -> None:
    source_ground.accesses = SECRETS
    into, built = source_ground.build()
    kept = [path.read_bytes() for path in source_ground.folder.rglob("*") if path.is_file()]
    assert not [text for text in kept if b"s3cret" in text]
    assert "s3cret" not in "".join(source_ground.said) + repr(built)
    assert source_ground.code(into) == {**CODE, "latest": "core"}


@pytest.mark.parametrize("after", [0.02, 0.15, 0.4])
def test_a_build_that_is_killed_can_be_begun_again(after: float, source_ground: Ground) -> None:
    """The times only choose where it is hit; what must hold holds wherever that is."""
    into = source_ground.into()
    pid = os.fork()
    if pid == 0:
        try:
            os.setpgid(0, 0)
            source_ground.driver.build(
                source_ground.source, str(into), source_ground.terms(), lambda line: None
            )
        finally:
            os._exit(0)
    time.sleep(after)
    for group in (pid, -pid):
        try:
            (os.kill if group > 0 else lambda one, sign: os.killpg(-one, sign))(group, signal.SIGKILL)
        except ProcessLookupError:
            continue
    os.waitpid(pid, 0)
    again, _ = source_ground.build()
    assert source_ground.code(again) == {**CODE, "latest": "core"}


def test_a_cache_that_vanishes_or_is_damaged_is_none(source_ground: Ground) -> None:
    source_ground.build()
    for path in [*(source_ground.folder / "cache").rglob("*")]:
        if path.is_file() and path.stat().st_size > 100:
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    try:
        into, _ = source_ground.build()
    except (Broken, Refused) as error:
        pytest.fail(f"a damaged cache breaks a build: {error}")
    assert source_ground.code(into) == {**CODE, "latest": "core"}


def test_nothing_of_the_cache_is_the_builders(source_ground: Ground) -> None:
    """What one source's programs could change, another's build would take for its own."""
    source_ground.build()
    kept = [Path(source_ground.folder / "cache"), *(source_ground.folder / "cache").rglob("*")]
    if BUILDER:
        assert {path.owner() for path in kept} == {"root"}
