"""Hosts, programs and logs that tell of each thing a step does: how many there are, and where to break."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from unittest import mock

from aegir.drivers.host import spawning
from aegir.drivers.host.local import Driver as LocalHost
from aegir.engine import runner
from aegir.engine.step import Level, Log, Step, load_step
from aegir.models.task import TaskStep
from aegir.steps.world import World

Tell = Callable[[], None]
CHANGES = ("write", "make_directory", "set_attributes", "rename", "remove", "remove_tree", "run", "copy_tree")


@dataclass
class Measure:
    """A step as an honest run met it, and how much of each kind it did."""

    name: str
    done: bool = False
    """False when there was nothing to do: then nothing can break."""
    changes: int = 0
    programs: int = 0
    lines: int = 0

    def tell(self, what: str) -> Tell:
        def count() -> None:
            setattr(self, what, getattr(self, what) + 1)

        return count


def host(before_change: Tell) -> type[LocalHost]:
    """This machine; told of each change right before it."""

    def telling(name: str) -> Callable[..., object]:
        def calling(host: LocalHost, *args: object, **kwargs: object) -> object:
            before_change()
            return getattr(LocalHost, name)(host, *args, **kwargs)

        return calling

    return type("Telling", (LocalHost,), {name: telling(name) for name in CHANGES})


@contextmanager
def programs(once_started: Tell) -> Iterator[None]:
    """Told of each program as it begins to run."""

    def spawn(*args: Any) -> int:
        pid = spawning.spawn(*args)
        once_started()
        return pid

    with ExitStack() as stack:
        for module in ("process", "streaming"):
            stack.enter_context(mock.patch(f"aegir.drivers.host.{module}.spawn", spawn))
        yield


class TellingLog:
    """A log; told of each line that is written."""

    def __init__(self, log: Log, after_line: Tell) -> None:
        self._log, self._after_line = log, after_line
        self.mask, self.progress = log.mask, log.progress

    def line(self, text: str, level: Level = Level.INFO) -> None:
        self._log.line(text, level)
        self._after_line()


@contextmanager
def measured() -> Iterator[list[Measure]]:
    """The steps of what runs meanwhile."""
    honest, found = runner.Run._step, list[Measure]()

    def step(run: runner.Run, row: TaskStep) -> Step:
        kind = type(load_step(row.path, row.arguments))
        found.append(Measure(kind.__name__))
        with mock.patch.object(kind, "do", _counting(kind.do, found[-1])):
            return honest(run, row)

    with mock.patch.object(runner.Run, "_step", step):
        yield found


def _counting(honest: Callable[..., object], measure: Measure) -> Callable[..., object]:
    def do(step: Step, world: World) -> object:
        measure.done = True
        telling = replace(
            world, connect=host(measure.tell("changes")), log=TellingLog(world.log, measure.tell("lines"))
        )
        with programs(measure.tell("programs")):
            return honest(step, telling)

    return do
