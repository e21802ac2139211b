"""``python -m tests.faults [--sample N] [--seed N] [--only NAME]… [--db KIND]``: the matrix, in numbers.

Ends with code 1 when anything was violated, and says how to repeat exactly that.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

import tests.home  # noqa: F401  (Django's settings are read from the home that it makes)

if TYPE_CHECKING:
    from tests.faults.matrix import Outcome


def main() -> int:
    arguments = _arguments()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aegir.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", interactive=False, verbosity=0)
    from tests.faults.ground import ground
    from tests.faults.matrix import Matrix, chosen

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    outcomes: list[Outcome] = []
    begun = time.monotonic()
    with ground(arguments.db) as world:
        matrix = Matrix(world)
        choices = chosen(matrix, arguments.only, arguments.sample, arguments.seed)
        choices = choices[arguments.part - 1 :: arguments.parts]
        print(f"{len(choices)} injections; end with Ctrl+C to see what was found so far.", flush=True)
        with suppress(KeyboardInterrupt):
            for scenario, injection in choices:
                if arguments.at in ("", str(injection)):
                    began = time.monotonic()
                    outcomes.append(matrix.inject(scenario, injection))
                    _tell(outcomes[-1], arguments.db)
                    if arguments.each:
                        struck = "" if outcomes[-1].fired else ", not struck"
                        took = time.monotonic() - began
                        print(
                            f"{scenario.name} {injection}: {outcomes[-1].state}{struck}, {took:.1f} s",
                            flush=True,
                        )
    _report(outcomes, time.monotonic() - begun)
    return 1 if any(outcome.violations for outcome in outcomes) else 0


def _tell(outcome: Outcome, db: str) -> None:
    """Say at once what was violated, and how to see it again."""
    name, injection = outcome.scenario, str(outcome.injection)
    for violation in outcome.violations:
        print(f"VIOLATION {name} {injection} ({outcome.state}): {violation}", flush=True)
    if outcome.violations:
        print(f'  repeat: python -m tests.faults --db {db} --only "{name}" --at "{injection}"', flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--sample", type=int, help="only so many injections, drawn at random")
    parser.add_argument("--seed", type=int, default=1, help="for the drawing")
    parser.add_argument("--only", action="append", default=[], help="only this operation; may be repeated")
    parser.add_argument("--at", default="", help="only this injection, as «kill after@3»")
    parser.add_argument("--each", action="store_true", help="tell of each injection")
    parser.add_argument("--db", choices=["mysql", "sqlite"], default="mysql")
    parser.add_argument("--part", type=int, default=1, help="which part of the matrix")
    parser.add_argument("--parts", type=int, default=1, help="of how many, to run beside each other")
    return parser.parse_args()


def _report(outcomes: list[Outcome], seconds: float) -> None:

    print(f"\n| operation | injections | undone | finished | violations |\n|{'---|' * 5}")
    for name in dict.fromkeys(outcome.scenario for outcome in outcomes):
        of = [outcome for outcome in outcomes if outcome.scenario == name and outcome.fired]
        ends = Counter("finished" if o.state in ("succeeded", "warned") else "undone" for o in of)
        bad = sum(bool(outcome.violations) for outcome in of)
        print(f"| {name} | {len(of)} | {ends['undone']} | {ends['finished']} | {bad} |")
    fired = [outcome for outcome in outcomes if outcome.fired]
    bad = sum(bool(outcome.violations) for outcome in outcomes)
    print(f"| **all** | **{len(fired)}** | | | **{bad}** |")
    print(f"\n{len(outcomes) - len(fired)} more came to nothing: the step was over before they could strike.")
    print(f"{seconds / 60:.1f} minutes.")


if __name__ == "__main__":
    sys.exit(main())
