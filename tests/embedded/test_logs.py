"""Logs are kept short while their programs go on writing to them."""

from __future__ import annotations

import asyncio
import errno
import os
from pathlib import Path

import pytest

from aegir.embedded import logs
from aegir.embedded.process import Program
from aegir.embedded.supervisor import Supervisor

LIMIT = 10_000


def test_only_logs_that_are_too_large_are_put_aside_and_one_older_part_is_kept(tmp_path: Path) -> None:
    (tmp_path / "nginx").mkdir()
    large, small, other = tmp_path / "nginx/access.log", tmp_path / "small.log", tmp_path / "notes"
    for path, size in ((large, LIMIT + 1), (small, LIMIT), (other, LIMIT + 1)):
        path.write_bytes(b"1" * size)
    (tmp_path / "link.log").symlink_to(other)

    assert len(logs.shorten(tmp_path, LIMIT)) == 1
    large.write_bytes(b"2" * (LIMIT + 1))
    logs.shorten(tmp_path, LIMIT)

    sizes = {str(path.relative_to(tmp_path)): path.stat().st_size for path in tmp_path.rglob("*.*")}
    assert sizes == {
        "nginx/access.log": 0,
        "nginx/access.log.1": LIMIT + 1,
        "small.log": LIMIT,
        "link.log": LIMIT + 1,
    }
    assert (tmp_path / "nginx/access.log.1").read_bytes() == b"2" * (LIMIT + 1)


def test_a_log_that_cannot_be_put_aside_keeps_what_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    (tmp_path / "full.log").write_bytes(b"1" * (LIMIT + 1))
    monkeypatch.setattr(os, "sendfile", full)

    assert logs.shorten(tmp_path, LIMIT) == [
        f"{tmp_path}/full.log could not be shortened: No space left on device"
    ]
    assert os.listdir(tmp_path) == ["full.log"]
    assert (tmp_path / "full.log").stat().st_size == LIMIT + 1


def test_the_supervisor_keeps_the_logs_of_what_it_runs_short(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(logs, "LIMIT", LIMIT)
    monkeypatch.setattr(logs, "EVERY", 0.01)
    log, older = tmp_path / "log/chatty.log", tmp_path / "log/chatty.log.1"
    log.parent.mkdir()
    chatty = ("sh", "-c", "yes 'a line' | head -n 5000; echo last; exec sleep 600")
    program = Program("chatty", chatty, {"PATH": "/usr/bin:/bin"}, tmp_path, log)

    async def until_short() -> None:
        supervisor = Supervisor([program], tmp_path, {}, lambda _: None)
        running = asyncio.create_task(supervisor.run(lambda reason: None))
        async with asyncio.timeout(30):
            while not older.exists() or log.stat().st_size > LIMIT:
                await asyncio.sleep(0.01)
        supervisor.stopping.set()
        await running

    asyncio.run(until_short())

    assert "a line\na line\n" in older.read_text()
