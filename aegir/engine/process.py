"""The processes of an attempt: its own group, told apart from strangers, and ended to the last one.

What a step leaves running on purpose must be started by the service manager, never by the step: it would
carry the attempt's mark, and be ended with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

MARK = "AEGIR_TASK"
"""Environment variable that every process of an attempt inherits, also those that leave the group."""
PROC = Path("/proc")
PR_SET_PDEATHSIG = 1

_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True)
class Group:
    """One attempt's processes, as the ledger remembers them."""

    host: str
    boot: str
    leader: int
    started: int
    """When the leader started, in ticks since boot: a process id alone may be somebody else's by now."""
    mark: str

    @classmethod
    def lead(cls, mark: str, parent: int) -> Group:
        """Make the calling process the leader of a new group that dies when ``parent`` does."""
        os.setsid()
        _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)  # the parent died before it could be watched
        os.environ[MARK] = mark
        me = os.getpid()
        stat = _stat(me)
        return cls(socket.gethostname(), _boot(), me, stat.started if stat else 0, mark)

    @classmethod
    def remembered(cls, fields: Mapping[str, str | int]) -> Group | None:
        """The group in ``Task.process``; None when the attempt had not got as far as having one."""
        if not fields:
            return None
        return cls(
            str(fields["host"]),
            str(fields["boot"]),
            int(fields["leader"]),
            int(fields["started"]),
            str(fields["mark"]),
        )

    def living(self) -> list[int]:
        """Process ids of the members that still run, on this machine."""
        if self.host != socket.gethostname() or self.boot != _boot():
            return []
        leader = _stat(self.leader)
        # An id is not given out again while a group or session bears it: a stranger who leads under this
        # id proves that none of the old members is left there. Those that bear the mark are ours anyway.
        reused = leader is not None and leader.started != self.started
        return [
            stat.pid
            for stat in _processes()
            if stat.alive
            and ((not reused and self.leader in (stat.group, stat.session)) or _marked(stat.pid, self.mark))
        ]

    def end(self) -> bool:
        """Send SIGKILL to every member; True once none is left. Call again until then."""
        living = self.living()
        _kill(living)
        return not living

    def end_others(self) -> None:
        """As the leader, end what steps left running in the group, before the task lets go of its keys.

        A process that has left for a session of its own meant to stay.
        """
        me = os.getpid()
        while others := [
            stat.pid
            for stat in _processes()
            if stat.alive and stat.pid != me and self.leader in (stat.group, stat.session)
        ]:
            _kill(others)
            time.sleep(0.01)


@dataclass(frozen=True)
class _Stat:
    pid: int
    state: str
    group: int
    session: int
    started: int

    @property
    def alive(self) -> bool:
        return self.state not in "ZX"


def _stat(pid: int) -> _Stat | None:
    try:
        text = (PROC / str(pid) / "stat").read_text(errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The name in parentheses may hold spaces and parentheses itself.
    fields = text.rpartition(")")[2].split()
    return _Stat(pid, fields[0], int(fields[2]), int(fields[3]), int(fields[19]))


def _processes() -> Iterator[_Stat]:
    for entry in os.listdir(PROC):
        if entry.isdigit() and (stat := _stat(int(entry))):
            yield stat


def _kill(pids: list[int]) -> None:
    for pid in pids:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signal.SIGKILL)


def _marked(pid: int, mark: str) -> bool:
    try:
        environment = (PROC / str(pid) / "environ").read_bytes()
    except OSError:  # gone, or another user's and so not ours
        return False
    return f"{MARK}={mark}".encode() in environment.split(b"\0")


def _boot() -> str:
    return (PROC / "sys/kernel/random/boot_id").read_text().strip()
