"""Ending exactly what an interrupted run left behind, and nothing else."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from aegir.embedded.leftovers import BOOT, end_leftovers, write_down

SLEEP = "/usr/bin/sleep"


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([SLEEP, "600"], start_new_session=True)
    yield process
    process.kill()
    process.wait()


def test_what_was_written_down_and_still_runs_is_ended(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    write_down(tmp_path / "record", {"nginx": sleeper.pid})
    assert end_leftovers(tmp_path / "record", {"nginx": SLEEP}) == ["nginx"]
    assert sleeper.wait(20) < 0
    assert not (tmp_path / "record").exists()


def test_a_process_of_another_program_is_left_alone(tmp_path: Path, sleeper: subprocess.Popen[bytes]) -> None:
    write_down(tmp_path / "record", {"nginx": sleeper.pid})
    assert end_leftovers(tmp_path / "record", {"nginx": "/usr/sbin/nginx"}) == []
    assert sleeper.poll() is None


def test_what_was_written_down_before_a_reboot_is_left_alone(
    tmp_path: Path, sleeper: subprocess.Popen[bytes]
) -> None:
    record = tmp_path / "record"
    record.write_text(json.dumps({"boot": "another", "children": {"nginx": sleeper.pid}}))
    assert end_leftovers(record, {"nginx": SLEEP}) == []
    assert sleeper.poll() is None


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", '{"boot": 1}', '{"boot": "BOOT", "children": {"nginx": "x"}}']
)
def test_a_record_that_was_cut_short_names_nothing(tmp_path: Path, text: str) -> None:
    record = tmp_path / "record"
    record.write_text(text.replace("BOOT", BOOT.read_text().strip()))
    assert end_leftovers(record, {"nginx": SLEEP}) == []


def test_without_a_record_there_is_nothing_to_end(tmp_path: Path) -> None:
    assert end_leftovers(tmp_path / "record", {}) == []
