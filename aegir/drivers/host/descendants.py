"""Ending a program together with everything that it started.

A task's programs stay in the task's own process group, so that the engine can end the whole task at once; a
program therefore has no group of its own that a timeout could kill. Instead its descendants are found in
/proc, in two ways: by parent, and by a mark in the environment, which a child keeps also when its parent is
gone and it was handed to init, or when it made itself a session of its own.
"""

from __future__ import annotations

import os
import signal
import time
from contextlib import suppress

MARK = "AEGIR_RUN"
PATIENCE = 10.0
"""Seconds to wait for killed processes; one in an uninterruptible wait outlives any signal."""


def end(pid: int | None, mark: str) -> None:
    """Kill ``pid``, unless that is over already, and all that descends from it or bears the mark."""
    # Stopped first, until no new one turns up: a stopped process cannot fork away from the search.
    frozen: set[int] = set()
    while fresh := _family(pid, mark) - frozen:
        for member in fresh:
            _signal(member, signal.SIGSTOP)
        frozen |= fresh
    for member in frozen:
        _signal(member, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE
    while any(_alive(member) for member in frozen) and time.monotonic() < deadline:
        time.sleep(0.005)


def _family(pid: int | None, mark: str) -> set[int]:
    parents = {process: _status(process)[1] for process in _processes()}
    wanted = f"{MARK}={mark}".encode()
    found = {process for process in parents if wanted in _environment(process)}
    if pid in parents:
        found.add(pid)
    while grown := {process for process, above in parents.items() if above in found} - found:
        found |= grown
    return found - {os.getpid()}


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _status(pid: int) -> tuple[str, int]:
    """State letter and parent; («X», 0) when the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return "X", 0
    return fields[0].decode(), int(fields[1])


def _environment(pid: int) -> list[bytes]:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:
            return file.read().split(b"\0")
    except OSError:
        return []


def _alive(pid: int) -> bool:
    return _status(pid)[0] not in "XZ"


def _signal(pid: int, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)
