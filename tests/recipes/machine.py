"""What the steps of the tests change: it outlives every attempt, as a real machine would."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Protocol


class Machine(Protocol):
    def read(self, name: str) -> str | None: ...

    def write(self, name: str, value: str | None) -> None:
        """None removes the thing."""


class Memory:
    """A machine in this process. ``before`` and ``after`` each write may raise."""

    def __init__(self, things: dict[str, str] | None = None) -> None:
        self.things = dict(things or {})
        self.disturb: Callable[[str], None] = lambda point: None

    def read(self, name: str) -> str | None:
        self.disturb(f"read {name}")
        return self.things.get(name)

    def write(self, name: str, value: str | None) -> None:
        self.disturb(f"before writing {name}")
        if value is None:
            self.things.pop(name, None)
        else:
            self.things[name] = value
        self.disturb(f"after writing {name}")


class Folder:
    """A machine that several processes share: one file a thing."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, name: str) -> str | None:
        file = self.path / name
        return file.read_text() if file.exists() else None

    def write(self, name: str, value: str | None) -> None:
        file = self.path / name
        if value is None:
            file.unlink(missing_ok=True)
        else:
            beside = file.with_suffix(f".{os.getpid()}")
            beside.write_text(value)
            beside.rename(file)


_current: list[Machine] = []


def use(machine: Machine | None) -> None:
    """From now on steps in this process work on ``machine``."""
    _current[:] = [machine] if machine else []


def current() -> Machine:
    return _current[0] if _current else Folder(Path(os.environ["AEGIR_TEST_MACHINE"]))
