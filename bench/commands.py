"""How long a command takes that does next to nothing."""

from __future__ import annotations

from collections.abc import Iterator

from bench.clock import Part, rounds, timed
from bench.table import Row
from tests.embedded.instance import Instance

COMMANDS = (("--help",), ("site", "list"))


def measure(instance: Instance, runs: int) -> Iterator[Row]:
    parts = [_part(instance, arguments) for arguments in COMMANDS]
    for name, times in rounds("commands", runs, *parts).items():
        yield Row(f"`{name}`", times)


def _part(instance: Instance, arguments: tuple[str, ...]) -> Part:
    return lambda: {f"aegir {' '.join(arguments)}": timed(lambda: instance.cli(*arguments))}
