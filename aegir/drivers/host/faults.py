"""Going wrong on purpose, for tests that prove that nothing is left behind."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Concatenate, Literal, ParamSpec, TypeVar

from aegir.errors import Broken

P = ParamSpec("P")
R = TypeVar("R")
B = TypeVar("B", bound="Breakable")


class Killed(BaseException):
    """Stands for kill -9: nothing that catches errors catches it."""


@dataclass(frozen=True)
class Fault:
    """Go wrong at the ``at``-th changing call, counted from 1.

    ``inside`` leaves a tree half copied or half removed; calls that are atomic fail after their effect.
    """

    at: int
    when: Literal["before", "inside", "after"] = "before"
    error: BaseException = field(default_factory=lambda: Broken("The machine failed as the test told it to."))


class Breakable:
    """Counts the calls that change it, and breaks at those that ``faults`` names."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.changes = 0
        self._break: BaseException | None = None

    def _halfway(self, places: Sequence[str]) -> Iterator[str]:
        """The places in turn; only half of them where a fault is to strike inside."""
        if self._break is None:
            yield from places
            return
        yield from places[: len(places) // 2]
        raise self._break


def counted(method: Callable[Concatenate[B, P], R]) -> Callable[Concatenate[B, P], R]:
    """Mark a method as changing the machine: it is counted, and may be made to fail."""

    @functools.wraps(method)
    def calling(self: B, /, *args: P.args, **kwargs: P.kwargs) -> R:
        self.changes += 1
        fault = next((fault for fault in self.faults if fault.at == self.changes), None)
        if fault is None:
            return method(self, *args, **kwargs)
        if fault.when == "before":
            raise fault.error
        self._break = fault.error if fault.when == "inside" else None
        try:
            method(self, *args, **kwargs)
        finally:
            self._break = None
        raise fault.error

    return calling
