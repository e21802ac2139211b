"""Streams from and to programs on this machine: what the contract suite cannot try in memory."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from aegir.drivers.host.local import Driver
from aegir.errors import Broken
from tests.drivers.host.test_process import _sleeping, tag

__all__ = ["tag"]
MIB = 1024 * 1024
LOUD = "head -c 300000 /dev/zero | tr '\\0' x >&2; echo >&2; echo oops >&2; "


@pytest.fixture
def host() -> Driver:
    return Driver()


def test_much_on_the_error_stream_holds_nothing_up(host: Driver) -> None:
    with host.reading(["sh", "-c", LOUD + "head -c 3000000 /dev/zero"], timeout=30) as stream:
        assert stream.read() == bytes(3_000_000)
    with host.writing(["sh", "-c", LOUD + f"echo; {LOUD} cat >/dev/null"], timeout=30) as sink:
        sink.write(bytes(3_000_000))


def test_the_last_of_what_was_said_is_in_the_error(host: Driver) -> None:
    with (
        pytest.raises(Broken, match=r"ended with code 3: .*oops$"),
        host.writing(["sh", "-c", f"cat >/dev/null; {LOUD} exit 3"], timeout=30) as sink,
    ):
        sink.write(b"x")


def test_codes_that_the_caller_knows_are_good(host: Driver) -> None:
    with host.reading(["sh", "-c", "echo x; exit 1"], codes=(0, 1)) as stream:
        assert stream.read() == b"x\n"
    with pytest.raises(Broken, match="ended with code 2"), host.reading(["sh", "-c", "exit 2"], codes=(0, 1)):
        time.sleep(0)


def _both_sleep(tag: str) -> None:
    """Wait until both programs of the test are there."""
    deadline = time.monotonic() + 30
    while len(_sleeping(tag)) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    assert len(_sleeping(tag)) == 2


def test_an_error_in_the_block_ends_the_program_and_what_it_started(host: Driver, tag: str) -> None:
    starting = ["sh", "-c", f"(setsid sleep {tag} &); sleep {tag}"]
    for opening in (host.reading, host.writing):
        with pytest.raises(KeyError), opening(starting):
            raise KeyError(_both_sleep(tag))
        assert _sleeping(tag) == []


def test_a_program_that_printed_too_much_is_ended(host: Driver, tag: str) -> None:
    with (
        pytest.raises(Broken, match="printed more than was expected"),
        host.reading(["sh", "-c", f"echo x; sleep {tag}"]) as stream,
    ):
        stream.close()

    assert _sleeping(tag) == []


def test_a_daemon_left_behind_does_not_keep_the_stream_open(host: Driver) -> None:
    with host.reading(["sh", "-c", "sleep 2 & echo x"], timeout=30) as stream:
        assert stream.read() == b"x\n"


@pytest.mark.parametrize("size", [10, 5 * MIB])
def test_input_that_nobody_read_is_told_apart(host: Driver, size: int) -> None:
    with (
        pytest.raises(Broken, match=r"^true ended before it had read all that it was given\.$"),
        host.writing(["true"]) as sink,
    ):
        sink.write(bytes(size))


def test_a_program_that_gives_up_on_its_input_is_broken_with_its_own_reason(host: Driver) -> None:
    with (
        pytest.raises(Broken, match="ended with code 4: no such table"),
        host.writing(["sh", "-c", "head -c 10; echo no such table >&2; exit 4"]) as sink,
    ):
        sink.write(bytes(5 * MIB))


def test_input_and_output_may_be_strung_together(host: Driver, tmp_path: Path) -> None:
    content = os.urandom(3 * MIB)
    (tmp_path / "file").write_bytes(content)

    with (
        host.reading(["cat", f"{tmp_path}/file"]) as stream,
        host.writing(["dd", f"of={tmp_path}/copy"]) as sink,
    ):
        while piece := stream.read(100_000):
            sink.write(piece)

    assert (tmp_path / "copy").read_bytes() == content


def test_a_program_that_cannot_be_started_leaves_no_descriptor_open(host: Driver, tmp_path: Path) -> None:
    (tmp_path / "program").write_bytes(b"no program")
    (tmp_path / "program").chmod(0o755)
    before = os.listdir("/proc/self/fd")

    for opening in (host.reading, host.writing):
        with pytest.raises(Broken, match=r"Could not start .*/program: Exec format error"):
            opening([f"{tmp_path}/program"]).__enter__()

    assert os.listdir("/proc/self/fd") == before
