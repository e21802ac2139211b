"""Measure, and print one table: ``python -m bench --help``."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from bench import machine, scan
from bench.clock import Times, say
from bench.ground import Ground, at_hand, lay, running
from bench.table import Row, length, merged, render
from tests.embedded.instance import Instance
from tests.live.postgresql import postgresql

MEASURES = ("engine", "pages", "scan", "commands", "install", "upkeep", "moves", "fleet", "mishaps")
BEGIN, END = "<!-- measured -->\n", "<!-- end -->\n"
TEN_STEPS_AIM = 0.150
PAGE_AIM = 0.100
PAGE_RUNS = 4
"""So many for each run that was asked for: the slowest twentieth is to be seen."""


def main() -> None:
    options = _options()
    facts, processors = machine.facts(), machine.Processors.now()
    rows = []
    try:
        for row in _rows(options.codebase or at_hand(), options.runs, options.only, options.sites):
            say(" · ".join(row.cells()))
            rows.append(row)
    finally:  # whatever went wrong then, what was measured until then was measured
        facts = f"{facts} Median of {options.runs} after one to warm up. {processors.since()}"
        print(f"{facts}\n\n{render(rows)}")
        if options.write:
            _write(options.write, options.only, facts, rows)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench", description="Measure Aegir, beside Drush.")
    parser.add_argument(
        "--codebase", type=Path, action="append", metavar="DIR", help="by default all at hand"
    )
    parser.add_argument("--runs", type=int, default=5, metavar="N", help="after one to warm up")
    parser.add_argument(
        "--only", nargs="+", choices=MEASURES, default=MEASURES, metavar="NAME", help=" ".join(MEASURES)
    )
    parser.add_argument("--sites", type=int, default=100, metavar="N", help="how many a fleet has")
    parser.add_argument(
        "--write", type=Path, metavar="FILE", help="put the rows into this document's table, others stay"
    )
    return parser.parse_args()


def _rows(codebases: Sequence[Path], runs: int, only: Sequence[str], sites: int) -> Iterator[Row]:
    if "engine" in only:
        yield from _engine(runs)
    if "pages" in only:
        yield from _pages(runs, "SQLite", "")
        with postgresql() as address:
            yield from _pages(runs, "PostgreSQL", address)
    if "scan" in only:
        yield from scan.measure(runs)
    if set(only) <= {"engine", "pages", "scan"}:
        return
    with running() as instance:
        yield from _on(instance, [path.resolve() for path in codebases], runs, only, sites)


def _engine(runs: int) -> Iterator[Row]:
    done = subprocess.run(
        [sys.executable, "-m", "bench.engine", str(runs * 4)], stdout=subprocess.PIPE, check=True, text=True
    )
    times = {name: Times(tuple(seconds)) for name, seconds in json.loads(done.stdout).items()}
    yield Row("a task of ten steps that do nothing: from asking to its start", times["start"])
    yield Row(
        "a task of ten steps that do nothing: from asking to its end", times["whole"], aim=TEN_STEPS_AIM
    )


def _pages(runs: int, product: str, address: str) -> Iterator[Row]:
    measuring = subprocess.Popen(
        [sys.executable, "-m", "bench.pages", str(runs * PAGE_RUNS)],
        env={**os.environ, "AEGIR_DATABASE": address},
        stdout=subprocess.PIPE,
        text=True,
    )
    with measuring as process:
        assert process.stdout is not None
        for what, measured in json.loads(process.stdout.readline()).items():
            name = f"the panel with 10,000 sites, {product}: {what} ({measured['queries']} queries)"
            yield Row(name, Times(tuple(measured["seconds"])), aim=PAGE_AIM, slowest=True)
        yield _watched(product, json.loads(process.stdout.readline()))


def _watched(product: str, told: dict[str, Any]) -> Row:
    late = Times(tuple(told["seconds"]))
    name = (
        f"the panel with 10,000 sites, {product}: 200 watch a task with 50 lines a second: from a line "
        f"to its watcher (p95 {length(late.slow)}; {told['share']:.0%} of a core, {told['idle']:.0%} while "
        f"nothing happens; {told['memory'] - told['before']:.0f} MiB for all 200)"
    )
    return Row(name, late)


def _on(
    instance: Instance, codebases: Sequence[Path], runs: int, only: Sequence[str], sites: int
) -> Iterator[Row]:
    from bench import commands, fleet, installs, mishaps, moves, upkeep  # only now can models be imported

    if "commands" in only:
        yield from commands.measure(instance, runs)
    grounds = [lay(instance, path) for path in codebases]
    for ground in grounds:
        if "install" in only:
            yield from installs.measure(ground, runs)
        if "upkeep" in only:
            yield from upkeep.measure(ground, runs)
    if "moves" in only:
        yield from moves.measure(_slowest(grounds), max(1, runs // 2))
    if "fleet" in only:
        yield from fleet.measure(_slowest(grounds), sites)
    if "mishaps" in only:
        yield from mishaps.measure(_slowest(grounds), runs)


def _slowest(grounds: Sequence[Ground]) -> Ground:
    """The one whose installer takes longest, so that there is something to interrupt."""
    return max(grounds, key=lambda ground: (not ground.ours, ground.platform.major))


def _write(document: Path, only: Sequence[str], facts: str, rows: list[Row]) -> None:
    """Replace what was measured again, and leave the rest of the document alone."""
    before, _, rest = document.read_text().partition(BEGIN)
    known, _, after = rest.partition(END)
    document.write_text(f"{before}{BEGIN}{merged(known, only, facts, rows)}{END}{after}")


if __name__ == "__main__":
    main()
