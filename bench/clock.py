"""Times of things that are done several times over, in turn with what they are compared with."""

from __future__ import annotations

import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

Part = Callable[[], Mapping[str, float]]
"""Does one thing once, and gives the seconds that it took, or several by name."""


@dataclass(frozen=True)
class Times:
    """How long one thing took, in seconds, each time that it was done."""

    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.seconds)

    @property
    def slow(self) -> float:
        """What nineteen of twenty stay below."""
        return sorted(self.seconds)[round(0.95 * (len(self.seconds) - 1))]

    @property
    def low(self) -> float:
        return min(self.seconds)

    @property
    def high(self) -> float:
        return max(self.seconds)


def rounds(what: str, runs: int, *parts: Part) -> dict[str, Times]:
    """Do all parts in turn, once to warm up and then ``runs`` times, so that a busy moment hits all alike."""
    taken: dict[str, list[float]] = defaultdict(list)
    for number in range(runs + 1):
        say(f"{what}: {'warming up' if number == 0 else f'{number} of {runs}'}")
        for part in parts:
            for name, seconds in part().items():
                if number:
                    taken[name].append(seconds)
    return {name: Times(tuple(seconds)) for name, seconds in taken.items()}


def timed(action: Callable[[], object]) -> float:
    """Seconds that the action takes."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def until(true: Callable[[], object], what: str, patience: float = 120.0) -> None:
    """Wait until it is so."""
    end = time.monotonic() + patience
    while not true():
        if time.monotonic() > end:
            raise TimeoutError(f"waited {patience:.0f} s in vain for: {what}")
        time.sleep(0.003)


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
