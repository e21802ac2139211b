"""One long-running program: what it is, and how it is started so that it never outlives its supervisor."""

from __future__ import annotations

import asyncio
import glob
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path


async def at_once() -> bool:
    """For programs that are ready as soon as they run."""
    return True


@dataclass(frozen=True)
class Program:
    """What to run, and how to tell that it works."""

    name: str
    argv: tuple[str, ...]
    environment: Mapping[str, str]
    directory: Path
    log: Path
    user: str | None = None
    """Whom to switch to for good; None runs it as the supervisor."""
    umask: int = 0o027
    descriptors: tuple[int, ...] = ()
    """Open files that it inherits."""
    stale: tuple[str, ...] = ()
    """Sockets and pid files (patterns) that it makes: a dead predecessor's are removed before each start."""
    prepare: Callable[[], None] | None = None
    """What must be done before each start; may raise an AegirError."""
    ready: Callable[[], Awaitable[bool]] = field(default=at_once)
    patience: float = 60.0
    """How long it may take to become ready."""
    grace: float = 15.0
    """How long it may take to end when asked to."""
    on_demand: bool = False
    """Started when somebody asks for it, not with the others."""
    essential: bool = True
    """Whether nothing can be done without it, so that a failing start is a failing ``aegir up``."""

    def command(self) -> list[str]:
        """The argv that starts it: the kernel ends it when the supervisor dies, however it dies."""
        switch = ["setpriv", "--pdeathsig", "TERM"]
        if self.user:
            switch += [f"--reuid={self.user}", f"--regid={self.user}", "--init-groups", "--no-new-privs"]
        return [*switch, "--", *self.argv]


async def spawn(program: Program) -> asyncio.subprocess.Process:
    """Start it as the leader of a session of its own, its output appended to its log.

    Raises OSError, or what its ``prepare`` raises.
    """
    if program.prepare is not None:
        await asyncio.to_thread(program.prepare)
    for pattern in program.stale:
        for path in glob.glob(pattern):
            os.unlink(path)
    log = _open_log(program.log)
    try:
        return await asyncio.create_subprocess_exec(
            *program.command(),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=dict(program.environment),
            cwd=program.directory,
            umask=program.umask,
            pass_fds=program.descriptors,
            start_new_session=True,
        )
    finally:
        os.close(log)


async def end(process: asyncio.subprocess.Process, grace: float) -> None:
    """Ask it to end, and make it when it has not by then."""
    if process.returncode is None:
        process.terminate()
        try:
            await asyncio.wait_for(process.wait(), grace)
        except TimeoutError:
            process.kill()
            await process.wait()
    sweep(process.pid)


def sweep(leader: int) -> None:
    """Kill what is left of the process group of a leader that is dead."""
    try:
        os.killpg(leader, signal.SIGKILL)
    except ProcessLookupError:
        return


def tail(log: Path, lines: int = 5) -> list[str]:
    """The last lines of a log, none when there is no log."""
    if not log.exists():
        return []
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 8192))
        return file.read().decode(errors="replace").splitlines()[-lines:]


def _open_log(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW | os.O_CLOEXEC, 0o640)
