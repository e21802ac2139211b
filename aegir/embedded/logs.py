"""Logs that programs write to for months are kept short while they go on writing."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import Callable, Iterable
from pathlib import Path

LIMIT = 20 * 1024 * 1024
"""Bytes; of a log that is larger, what there is becomes its one older part."""
EVERY = 60.0
"""Seconds from one look to the next."""


async def keep_short(folders: Iterable[Path], say: Callable[[str], None]) -> None:
    """Look after all logs below the folders, until cancelled."""
    tops = sorted(folders)
    while True:
        for top in tops:
            for problem in await asyncio.to_thread(shorten, top, LIMIT):
                say(problem)
        await asyncio.sleep(EVERY)


def shorten(top: Path, limit: int) -> list[str]:
    """Put aside what is in each log below ``top`` that is larger than ``limit``; what went wrong.

    The content moves, not the file: its writer need not open it anew, which nginx's workers could not do
    in a directory that is closed to them. What is written right between copying and emptying is lost.
    """
    problems = []
    for log in sorted(top.rglob("*.log")):
        try:
            _shorten(log, limit)
        except OSError as error:  # a full disk must not end what runs
            problems.append(f"{log} could not be shortened: {error.strerror}")
    return problems


def _shorten(log: Path, limit: int) -> None:
    descriptor = os.open(log, os.O_RDWR | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        seen = os.fstat(descriptor)
        if not stat.S_ISREG(seen.st_mode) or seen.st_size <= limit:
            return
        beside = log.with_suffix(".log.new")
        beside.unlink(missing_ok=True)
        try:
            _copy(descriptor, beside, seen)
            beside.replace(log.with_suffix(".log.1"))
        except OSError:
            beside.unlink(missing_ok=True)
            raise
        os.ftruncate(descriptor, 0)
    finally:
        os.close(descriptor)


def _copy(log: int, path: Path, seen: os.stat_result) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
    copy = os.open(path, flags, 0o600)
    try:
        os.fchown(copy, seen.st_uid, seen.st_gid)
        os.fchmod(copy, stat.S_IMODE(seen.st_mode))
        while os.sendfile(copy, log, None, seen.st_size):
            continue
    finally:
        os.close(copy)
