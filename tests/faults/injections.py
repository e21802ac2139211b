"""The ways in which a step is broken."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from unittest import mock

from django.conf import settings

from aegir.engine import admission, ledger, runner
from aegir.engine.step import Step, load_step
from aegir.errors import Broken, Refused
from aegir.models import Platform, Site, Task
from aegir.models.task import TaskStep
from aegir.operations import platform_delete, platform_verify, site_verify
from aegir.steps import app
from aegir.steps.world import World as StepWorld
from tests.faults import telling
from tests.faults.telling import Measure
from tests.faults.world import DOMAIN, World
from tests.operations.hosting import BY

UPDATE = "guestbook_update_10003"
"""One that comes with the next release."""
SPARE = 256 * 1024
"""Bytes that a full disk has left: a note fits, a site does not."""


@dataclass(frozen=True)
class Injection:
    """One way of breaking one step of one operation."""

    kind: str
    position: int
    """Of the step in the journal."""
    depth: int = 1
    """For what breaks half-way: at which change of the host, program, or line."""

    def __str__(self) -> str:
        return f"{self.kind}@{self.position}" + (f"+{self.depth}" if self.kind in HALF_WAY else "")

    @property
    def kills(self) -> bool:
        """Whether the task's process dies, so that it must not be ours."""
        return "kill" in self.kind


def stop() -> None:
    raise Broken("It broke, as the matrix wanted it to.")


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Applied:
    """An injection lying in wait; ``fired`` tells whether the step came to it."""

    def __init__(self, injection: Injection, world: World) -> None:
        self.injection = injection
        self.world = world
        self.mark = Path(settings.AEGIR_HOME) / "fired"
        self.complaint = ""
        self.mark.unlink(missing_ok=True)

    @property
    def fired(self) -> bool:
        return self.mark.exists()

    def fire(self) -> None:
        self.mark.touch()

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """While this lasts, the step at that position breaks, the first time that it is done."""
        honest = runner.Run._step

        def step(run: runner.Run, row: TaskStep) -> Step:
            if row.position != self.injection.position or self.fired:
                return honest(run, row)
            with self._around(type(load_step(row.path, row.arguments)), run):
                return honest(run, row)

        with mock.patch.object(runner.Run, "_step", step):
            yield
        self.world.hosting.mariadb.start_if_paused()
        self._filling.unlink(missing_ok=True)
        self._nonsense.unlink(missing_ok=True)

    @contextmanager
    def _around(self, step: type[Step], run: runner.Run) -> Iterator[None]:
        kind = self.injection.kind
        with ExitStack() as stack:
            if kind.startswith("update"):
                self._break_update(kind.partition(" ")[2], stack)
            else:
                stack.enter_context(mock.patch.object(step, "do", self._breaking(step.do, run)))
            yield

    def _at_depth(self, how: Callable[[], None]) -> Callable[[], None]:
        """To be called again and again: breaks the so-manieth time."""
        counter = itertools.count(1)

        def tell() -> None:
            if next(counter) == self.injection.depth and not self.fired:
                self.fire()
                how()

        return tell

    def _breaking(self, honest: Callable[..., object], run: runner.Run) -> Callable[..., object]:
        before: dict[str, Callable[[], None]] = {
            "fail before": stop,
            "kill before": die,
            "kill twice": die,
            "database stopped": self.world.hosting.mariadb.pause,
            "disk full": self._fill_disk,
            "web server refuses": self._spoil_web,
            "intruder": partial(self._intrude, run.journal.read()),
            "cancelled": partial(_cancel, run.journal.task),
        }
        after = {"fail after": stop, "kill after": die}

        def do(step: Step, world: StepWorld) -> object:
            kind = self.injection.kind
            if kind in before and not self.fired:
                self.fire()
                before[kind]()
            if kind.startswith("half"):
                how = self._at_depth(die if "kill" in kind else stop)
                world = replace(world, connect=telling.host(how))
            if kind == "kill at line":
                world = replace(world, log=telling.TellingLog(world.log, self._at_depth(die)))
            dying = telling.programs(self._at_depth(die)) if kind == "kill program" else nullcontext()
            with dying:
                found = honest(step, world)
            if kind in after and not self.fired:
                self.fire()
                after[kind]()
            return found

        return do

    def _break_update(self, how: str, stack: ExitStack) -> None:
        """PHP itself goes wrong in an update function."""
        code = self.world.hosting.folder / "code"
        for platform in ("following", "ten"):
            switches = code / platform / "web/sites/all/switches"
            switches.write_text(f"{UPDATE} {how}\n")
            stack.callback(switches.unlink)
        if how == "hang":
            stack.enter_context(mock.patch.object(app, "UPDATING", 2.0))
        self.fire()

    @property
    def _filling(self) -> Path:
        return self.world.hosting.folder / "log/filling"

    def _fill_disk(self) -> None:
        room = os.statvfs(self.world.hosting.folder)
        with self._filling.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(room.f_bavail * room.f_frsize - SPARE, 1))

    @property
    def _nonsense(self) -> Path:
        return self.world.hosting.folder / "nginx/pre.d/nonsense.conf"

    def _spoil_web(self) -> None:
        self._nonsense.write_text("no_such_directive on;\n")

    def _intrude(self, task: Task) -> None:
        """Somebody else asks for the task's site or platform meanwhile; nobody may begin on it."""
        try:
            other = _asked_beside(task)
        except Refused:
            return
        if other is None:
            return
        if other.pk in admission.admit("intruder", 5):
            self.complaint = f"another task on the {task.subject_kind} was begun"
            Task.objects.filter(pk=other.pk).update(state=Task.State.QUEUED)
            other.keys.update(held=False)
        ledger.cancel(other, "Mallory")


def _asked_beside(task: Task) -> Task | None:
    if task.subject_kind == "platform":
        platform = Platform.objects.get(pk=task.subject_id or 0)
        ask = platform_verify.ask if platform.sites.exists() else platform_delete.ask
        return ask(name=platform.name, by="Mallory")
    if Site.objects.live().filter(domain=DOMAIN, pk=task.subject_id or 0).exists():
        return site_verify.ask(domain=DOMAIN, by="Mallory")
    return None


def _cancel(task: int) -> None:
    """As a person does at the door; the worker that would kill the task's process is not there."""
    Task.objects.filter(pk=task).update(cancel_by=BY)


ANYWHERE = (
    "fail before",
    "fail after",
    "kill before",
    "kill after",
    "kill twice",
    "database stopped",
    "disk full",
    "web server refuses",
    "intruder",
    "cancelled",
)
IN_UPDATES = tuple(f"update {how}" for how in ("throw", "typeerror", "exit", "memory", "kill", "hang"))
HALF_WAY = {
    "half fail": "changes",
    "half kill": "changes",
    "kill program": "programs",
    "kill at line": "lines",
}
"""What breaks half-way, and what is counted until then."""
OFTEN = {"changes": 2, "programs": 1, "lines": 0}
"""At how many of each what breaks half-way does so, in the full matrix."""
ALL = {"changes": 100, "programs": 100, "lines": 20}
LONG = ("BuildCode",)
"""Steps that do much by themselves, of which nothing is in the journal: everything in them is broken."""


def injections(steps: list[Measure]) -> Iterator[Injection]:
    """All there are for an operation of these steps, as an honest run met them."""
    for position, step in enumerate(steps):
        if not step.done:
            continue
        yield from (Injection(kind, position) for kind in ANYWHERE)
        for kind, counted in HALF_WAY.items():
            most = min((ALL if step.name in LONG else OFTEN)[counted], getattr(step, counted))
            yield from (Injection(kind, position, depth) for depth in range(1, most + 1))
        if step.name == "UpdateDrupal":
            yield from (Injection(kind, position) for kind in IN_UPDATES)
