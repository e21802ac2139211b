"""The table of what was measured."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bench.clock import Times

HEAD = ("what", "Aegir: median (min–max)", "beside", "its median (min–max)", "ratio", "aim", "met")


@dataclass(frozen=True)
class Row:
    """One thing that was measured, with what was done in its stead and what it should take at most."""

    what: str
    ours: Times
    beside: str = ""
    theirs: Times | None = None
    aim: float | None = None
    """Seconds that the median must stay below."""
    slowest: bool = False
    """Whether it is not the median that must, but nineteen of twenty."""

    def cells(self) -> tuple[str, ...]:
        return (
            self.what,
            shown(self.ours),
            self.beside if self.theirs else "–",
            shown(self.theirs) if self.theirs else "–",
            f"{self.theirs.median / self.ours.median:.1f}× as fast" if self.theirs else "–",
            f"< {length(self.aim)}" if self.aim else "–",
            self._met(),
        )

    def _met(self) -> str:
        if not self.aim:
            return "–"
        held = self.ours.slow if self.slowest else self.ours.median
        said = "yes" if held < self.aim else "**no**"
        return f"{said} (p95 {length(held)})" if self.slowest else said


def render(rows: Iterable[Row]) -> str:
    """The table in Markdown."""
    lines = [HEAD, ("---",) * len(HEAD), *(row.cells() for row in rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def merged(known: str, measures: Sequence[str], facts: str, rows: Iterable[Row]) -> str:
    """What a document says so far, with these rows in place of those of the same name, and the others as they
    were; of each measure it says on what machine it was made."""
    lines = known.splitlines()
    table = {_name(line): line for line in lines if line.startswith("| ")}
    table |= {_name(line): line for line in render(rows).splitlines()}
    made = [_without(line, measures) for line in lines if line.startswith("- ")]
    made = [line for line in made if line]
    return "\n".join([*made, f"- {', '.join(measures)}: {facts}", "", *table.values(), ""])


def _name(line: str) -> str:
    """What the row is about: without what is measured beside, in brackets at its end."""
    return re.sub(r" \([^()]*\)$", "", line.split(" | ", maxsplit=1)[0])


def _without(line: str, measures: Sequence[str]) -> str:
    """A line of facts, for the measures that it still holds for; "" when there is none."""
    named, _, facts = line.removeprefix("- ").partition(": ")
    left = [name for name in named.split(", ") if name not in measures]
    return f"- {', '.join(left)}: {facts}" if left else ""


def shown(times: Times) -> str:
    return f"{length(times.median)} ({length(times.low)} – {length(times.high)})"


def length(seconds: float) -> str:
    """As people read it: milliseconds below a second."""
    return f"{seconds * 1000:.0f} ms" if seconds < 0.9995 else f"{seconds:.2f} s"
