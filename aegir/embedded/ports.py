"""Who listens on a port, told by the kernel's own tables."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

LISTEN = "0A"


@dataclass(frozen=True)
class Holder:
    """The process that listens on a port."""

    pid: int | None
    """None when the process is another user's and cannot be seen."""
    program: str

    def __str__(self) -> str:
        return f"{self.program} (process {self.pid})" if self.pid else self.program


def holder(port: int) -> Holder | None:
    """Who listens on TCP ``port`` on any address; None when nobody does."""
    inodes = set(_listening(port))
    if not inodes:
        return None
    for pid in sorted(int(name) for name in os.listdir("/proc") if name.isdigit()):
        if inodes & set(_sockets(pid)):
            return Holder(pid, _name(pid))
    return Holder(None, "a process of another user")


def _listening(port: int) -> Iterator[str]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        if not os.path.exists(table):
            continue
        for line in Path(table).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == LISTEN and int(fields[1].rpartition(":")[2], 16) == port:
                yield fields[9]


def _sockets(pid: int) -> Iterator[str]:
    try:
        descriptors = os.listdir(f"/proc/{pid}/fd")
    except OSError:
        return
    for descriptor in descriptors:
        try:
            target = os.readlink(f"/proc/{pid}/fd/{descriptor}")
        except OSError:
            continue
        if target.startswith("socket:["):
            yield target[len("socket:[") : -1]


def _name(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return "a process that has just ended"
