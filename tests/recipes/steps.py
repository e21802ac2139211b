"""Steps on the make-believe machine."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass

from aegir.engine.step import Check, Commit, Enough, Json, Level, Step
from aegir.errors import Broken, Unreachable
from aegir.models.task import Queue
from tests.recipes import World

ERRORS: dict[str, type[BaseException]] = {
    "Broken": Broken,
    "Unreachable": Unreachable,
    "TypeError": TypeError,
    "SystemExit": SystemExit,
}


@dataclass(frozen=True)
class Put(Step):
    """Gives a thing a value, in two moves, so that it can be caught half-way."""

    title = "Put"
    name: str
    value: str | None
    place: int = 0
    """Keeps several steps on one thing apart."""

    def look(self, world: World) -> Json:
        return [world.machine.read(self.name), world.machine.read(self.half(world))]

    def done(self, seen: Json) -> bool:
        return seen == [self.value, None]

    def do(self, world: World) -> Json:
        world.machine.write(self.half(world), "half")
        world.machine.write(self.name, self.value)
        world.machine.write(self.half(world), None)
        return self.value

    def undo(self, world: World, before: Json) -> None:
        assert isinstance(before, list)
        world.machine.write(self.name, before[0] if isinstance(before[0], str) else None)
        world.machine.write(self.half(world), None)

    def half(self, world: World) -> str:
        return f"{self.name}.half-{world.task}-{self.place}"

    def summary(self) -> str:
        return f"Put {self.value} into {self.name}"


@dataclass(frozen=True)
class Unsure(Put):
    """Can only look at what is there already."""

    def look(self, world: World) -> Json:
        if world.machine.read(self.name) is None:
            raise Broken(f"There is no {self.name} yet.")
        return super().look(world)


@dataclass(frozen=True)
class Replace(Put):
    """The same, with the old value kept aside instead of in the journal."""

    title = "Replace"

    def do(self, world: World) -> Json:
        old = world.machine.read(self.name)
        if old is not None and old != self.value and world.machine.read(self.kept(world)) is None:
            world.machine.write(self.kept(world), old)
        return super().do(world)

    def undo(self, world: World, before: Json) -> None:
        assert isinstance(before, list)
        old = world.machine.read(self.kept(world))
        if old is not None:
            world.machine.write(self.name, old)
        elif before[0] is None:
            world.machine.write(self.name, None)
        world.machine.write(self.half(world), None)
        world.machine.write(self.kept(world), None)

    def forget(self, world: World, before: Json) -> None:
        if not isinstance(before, list):
            world.machine.write("forgotten without a memory", "1")
        world.machine.write(self.kept(world), None)

    def kept(self, world: World) -> str:
        return f"{self.name}.kept-{world.task}-{self.place}"


@dataclass(frozen=True)
class Find(Check):
    """Finds out a thing's value."""

    name: str

    def do(self, world: World) -> Json:
        return world.machine.read(self.name)


@dataclass(frozen=True)
class Settle(Commit):
    """The point of no return: writes a row that can be written only once."""

    mark: str

    def do(self, world: World) -> Json:
        Queue.objects.create(name=self.mark)
        return self.mark


@dataclass(frozen=True)
class Say(Check):
    """Writes a line."""

    text: str
    level: str = "info"
    secret: str = ""

    def do(self, world: World) -> Json:
        world.log.mask(self.secret)
        world.log.line(self.text, Level(self.level))
        world.log.progress(1, 4)
        return None


@dataclass(frozen=True)
class Fail(Check):
    """Fails as long as the machine has no thing of that name."""

    error: str = "Broken"
    sentence: str = "The disk is full: make room."
    until: str = "never"

    def do(self, world: World) -> Json:
        if world.machine.read(self.until) is None:
            raise ERRORS[self.error](self.sentence)
        return None


@dataclass(frozen=True)
class Suffice(Check):
    """Finds that there is nothing to do."""

    title = "Suffice"

    def do(self, world: World) -> Json:
        raise Enough("All is as it should be.")


@dataclass(frozen=True)
class HardToUndo(Put):
    """Cannot be undone as long as the machine has no thing called ``undoable``."""

    def undo(self, world: World, before: Json) -> None:
        if world.machine.read("undoable") is None:
            raise Broken(f"{self.name} does not let go.")
        super().undo(world, before)


@dataclass(frozen=True)
class Wait(Put):
    """Starts a process that outlives it, tells its id, and waits to be let on."""

    until: str = "go"
    session: bool = False
    """Whether the process leaves for a session of its own."""

    def do(self, world: World) -> Json:
        sleeper = subprocess.Popen(["sleep", "300"], start_new_session=self.session)
        world.machine.write(self.half(world), "half")
        world.machine.write(f"{self.name}.pids", f"{os.getpid()} {sleeper.pid}")
        while world.machine.read(self.until) is None:
            time.sleep(0.01)
        sleeper.kill()
        sleeper.wait()
        world.machine.write(f"{self.name}.pids", None)
        return super().do(world)


@dataclass(frozen=True)
class Leave(Check):
    """Leaves a process running, as a careless step might."""

    name: str

    def do(self, world: World) -> Json:
        sleeper = subprocess.Popen(["sleep", "300"])
        world.machine.write(self.name, str(sleeper.pid))
        return None


@dataclass(frozen=True)
class Deadly(Put):
    """Kills its own process, coming and going."""

    def do(self, world: World) -> Json:
        os.kill(os.getpid(), signal.SIGKILL)
        return None

    def undo(self, world: World, before: Json) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class Alone(Check):
    """Fails when anybody else is at one of its things at the same time."""

    names: tuple[str, ...]

    def do(self, world: World) -> Json:
        for name in self.names:
            if world.machine.read(f"{name}.taken") not in (None, str(world.task)):
                raise Broken(f"{name} is taken.")
            world.machine.write(f"{name}.taken", str(world.task))
        time.sleep(0.02)
        for name in self.names:
            world.machine.write(f"{name}.taken", None)
        return None
