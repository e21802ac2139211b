"""What an earlier supervisor left running, written down so that the next one can end exactly that."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

BOOT = Path("/proc/sys/kernel/random/boot_id")
GRACE = 10.0


def write_down(record: Path, children: Mapping[str, int]) -> None:
    """Keep the process ids of what runs now, by name."""
    beside = record.with_suffix(".new")
    beside.write_text(json.dumps({"boot": BOOT.read_text().strip(), "children": dict(children)}))
    beside.replace(record)


def end_leftovers(record: Path, programs: Mapping[str, str]) -> list[str]:
    """End what the record names and still runs; its names.

    ``programs`` says by name which binary it must be: a process id that was given to something else
    since then is left alone.
    """
    ended = []
    for name, leader in _written_down(record).items():
        binary = os.path.realpath(programs.get(name, ""))
        if any(_session(leader, binary)):
            _end(leader, binary)
            ended.append(name)
    record.unlink(missing_ok=True)
    return ended


def _written_down(record: Path) -> dict[str, int]:
    try:
        kept = json.loads(record.read_text())
        if kept["boot"] == BOOT.read_text().strip():
            return {str(name): int(pid) for name, pid in kept["children"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}  # nothing written, or cut short by a power cut: then nothing of it runs either
    return {}


def _session(leader: int, binary: str) -> Iterator[int]:
    for pid in (int(name) for name in os.listdir("/proc") if name.isdigit()):
        try:
            if os.getsid(pid) == leader and os.readlink(f"/proc/{pid}/exe") == binary:
                yield pid
        except OSError:
            continue


def _end(leader: int, binary: str) -> None:
    _signal(_session(leader, binary), signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    while time.monotonic() < deadline and any(_session(leader, binary)):
        time.sleep(0.05)
    _signal(_session(leader, binary), signal.SIGKILL)


def _signal(members: Iterator[int], number: signal.Signals) -> None:
    for pid in members:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            continue
