"""Keeps programs running: starts them in order, restarts what dies, ends them in the opposite order."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aegir.embedded.control import serve
from aegir.embedded.leftovers import write_down
from aegir.embedded.logs import keep_short
from aegir.embedded.process import Program, end, spawn, sweep, tail
from aegir.errors import AegirError, Broken, Refused

Say = Callable[[str], None]
FIRST_DELAY = 0.25
LONGEST_DELAY = 30.0
STEADY = 10.0
"""Seconds after which a program counts as recovered, so that its next death is again its first."""
GIVEN_UP_AFTER = 5
"""Deaths in a row after which a start is reported as failed (it is still tried, ever more rarely)."""


@dataclass
class Child:
    """A program, and what is known of the process that runs it."""

    program: Program
    state: str = "idle"
    """idle, starting, running, waiting (to be restarted), ended."""
    process: asyncio.subprocess.Process | None = None
    since: float = 0.0
    restarts: int = 0
    deaths: int = 0
    """In a row, each less than STEADY seconds after its start."""
    problem: str = ""
    keeper: asyncio.Task[None] | None = None
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)

    @property
    def well(self) -> bool:
        return self.state == "running" or (self.state == "idle" and self.program.on_demand)

    def describe(self) -> dict[str, Any]:
        running = self.process is not None and self.process.returncode is None
        return {
            "name": self.program.name,
            "state": self.state,
            "well": self.well,
            "pid": self.process.pid if running and self.process else None,
            "since": self.since or None,
            "restarts": self.restarts,
            "problem": self.problem,
            "last_lines": [] if self.well else tail(self.program.log),
        }


class Supervisor:
    """Runs until told to stop; ``facts`` are added to what status answers."""

    def __init__(self, programs: Sequence[Program], run: Path, facts: dict[str, Any], say: Say) -> None:
        self.children = {program.name: Child(program) for program in programs}
        self.run_directory = run
        self.facts = facts
        self.say = say
        self.stopping = asyncio.Event()

    async def run(self, started: Callable[[str], None]) -> None:
        """Start everything, call ``started`` with "" or the reason why it failed, stay until stopped."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            loop.add_signal_handler(number, self.stopping.set)
        control = await serve(self.run_directory / "control.sock", self._answer)
        logs = asyncio.create_task(
            keep_short({child.program.log.parent for child in self.children.values()}, self.say)
        )
        try:
            reason = await self._start_all()
            started(reason)
            if not reason:
                await self.stopping.wait()
        finally:
            self.stopping.set()
            await self._end_all()
            logs.cancel()
            control.close()
            (self.run_directory / "control.sock").unlink(missing_ok=True)

    async def start(self, name: str) -> None:
        """Start a program that waits to be asked for, and return once it is ready; Broken if it is not."""
        child = self.children.get(name)
        if child is None:
            raise Refused(f"There is no program {name}; there are {', '.join(self.children)}.")
        if self.stopping.is_set():
            raise Broken(f"{name} was not started: Aegir is ending.")
        if child.keeper is None:
            child.keeper = asyncio.create_task(self._keep(child))
        async with child.changed:
            await child.changed.wait_for(lambda: child.state in ("running", "ended") or _given_up(child))
        if child.state != "running":
            raise Broken(_why(child))

    async def _start_all(self) -> str:
        """Those that always run, one after the other; "" or why one of them does not."""
        for child in self.children.values():
            if child.program.on_demand:
                continue
            starting = asyncio.create_task(self.start(child.program.name))
            stopping = asyncio.create_task(self.stopping.wait())
            await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
            stopping.cancel()
            if not starting.done():
                starting.cancel()
                return "Aegir was told to stop while it was starting."
            error = starting.exception()
            if error is not None and child.program.essential:
                return str(error)
            if error is not None:
                self.say(str(error))
        return ""

    async def _keep(self, child: Child) -> None:
        while not self.stopping.is_set():
            await self._set(child, "starting")
            await self._run_once(child)
            if self.stopping.is_set():
                break
            child.restarts += 1
            delay = min(FIRST_DELAY * 2 ** (child.deaths - 1), LONGEST_DELAY) if child.deaths else 0.0
            self.say(f"{child.problem} Starting it again.")
            await self._set(child, "waiting")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self.stopping.wait(), delay)
        await self._set(child, "ended")

    async def _run_once(self, child: Child) -> None:
        child.since = time.time()
        try:
            child.process = process = await spawn(child.program)
        except (OSError, AegirError) as error:
            child.deaths += 1
            child.problem = f"{child.program.name} cannot be started: {error}"
            return
        self._write_down()
        if self.stopping.is_set():
            await end(process, child.program.grace)
        watch = asyncio.create_task(self._watch_ready(child))
        code = await process.wait()
        watch.cancel()
        sweep(process.pid)
        child.deaths = child.deaths + 1 if time.time() - child.since < STEADY else 1
        child.problem = f"{child.program.name} ended by itself ({_reason(code)})."
        self._write_down()

    async def _watch_ready(self, child: Child) -> None:
        """Mark the child as running once it is ready; kill it when it does not become so in time."""
        deadline = time.monotonic() + child.program.patience
        while not await child.program.ready():
            if time.monotonic() > deadline and child.process is not None:
                self.say(f"{child.program.name} was not ready within {child.program.patience:.0f} s.")
                child.process.kill()
                return
            await asyncio.sleep(0.05)
        await self._set(child, "running")

    async def _end_all(self) -> None:
        for child in reversed(self.children.values()):
            if child.keeper is None:
                continue
            if child.process is not None:
                await end(child.process, child.program.grace)
            await child.keeper
        self._write_down()

    async def _set(self, child: Child, state: str) -> None:
        async with child.changed:
            child.state = state
            child.changed.notify_all()

    def _write_down(self) -> None:
        alive = {
            name: child.process.pid
            for name, child in self.children.items()
            if child.process is not None and child.process.returncode is None
        }
        try:
            write_down(self.run_directory / "children.json", alive)
        except OSError as error:  # a full disk must not end what runs
            self.say(f"{self.run_directory}/children.json could not be written: {error}")

    async def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        match request.get("do"):
            case "status":
                return self.status()
            case "start":
                await self.start(str(request.get("name")))
                return {"started": request.get("name")}
            case "stop":
                self.stopping.set()
                return {"stopping": os.getpid()}
            case unknown:
                raise Refused(f"The supervisor does not know {unknown!r}; it knows status, start and stop.")

    def status(self) -> dict[str, Any]:
        """What runs, for people and programs alike."""
        programs = [child.describe() for child in self.children.values()]
        return {
            **self.facts,
            "running": True,
            "pid": os.getpid(),
            "stopping": self.stopping.is_set(),
            "well": all(program["well"] for program in programs) and not self.stopping.is_set(),
            "programs": programs,
        }


def _given_up(child: Child) -> bool:
    return child.state == "waiting" and child.deaths >= GIVEN_UP_AFTER


def _why(child: Child) -> str:
    lines = "\n".join(f"  {line}" for line in tail(child.program.log))
    return (
        f"{child.problem or child.program.name + ' ended.'} The last lines of {child.program.log}:\n{lines}"
    )


def _reason(code: int) -> str:
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"exit code {code}"
