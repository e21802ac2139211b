"""What a scenario is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from aegir.models import Task
from tests.faults.world import World


@dataclass(frozen=True)
class Scenario:
    """One operation, in a world that ``prepare`` made ready for it."""

    name: str
    ask: Callable[[World], Task]
    prepare: Callable[[World], object] = lambda world: None
    back: Callable[[World], object] | None = None
    """From where the operation leads back to where it can be asked for again; None: build the world anew."""
    settle: Callable[[World, Task], Iterator[str]] | None = None
    """What must be true besides, in sentences where it is not; leads back by itself, without ``back``."""


def stay(world: World) -> None:
    """For what can be asked for again and again."""
