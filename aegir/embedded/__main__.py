"""``python -m aegir.embedded run|start``: what ``aegir up`` and tasks start, not people."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import click

from aegir.embedded import control
from aegir.embedded.place import Place, place_from
from aegir.embedded.up import bring_up
from aegir.errors import AegirError, Refused

START_PATIENCE = 150.0
"""Seconds that a first start may take, the making of its data directory included."""


@click.group()
def main() -> None:
    """What runs behind ``aegir up``."""


@main.command()
@click.option("--report", type=int, required=True, help="File descriptor to report on, as one JSON line.")
def run(report: int) -> None:
    """Be the supervisor, and report when everything is ready or why it is not."""
    place = place_from(os.environ)

    def started(reason: str) -> None:
        if not reason:
            _write_on(place)
        _tell(report, "broken" if reason else "ready", reason)

    try:
        bring_up(place, lambda text: click.echo(f"{time.strftime('%F %T')} {text}", err=True), started)
    except AegirError as error:
        _tell(report, "refused" if isinstance(error, Refused) else "broken", str(error))
        sys.exit(1)


@main.command()
@click.argument("name")
@click.option("--home", type=click.Path(path_type=Path), required=True, help="The data folder.")
def start(name: str, home: Path) -> None:
    """Ask the supervisor to start a program that runs on demand; returns when it is ready."""
    try:
        control.ask(home / "run/control.sock", {"do": "start", "name": name}, START_PATIENCE)
    except AegirError as error:
        click.echo(str(error), err=True)
        sys.exit(1)


def _tell(report: int, kind: str, message: str) -> None:
    with os.fdopen(report, "w") as file:
        file.write(json.dumps({"kind": kind, "message": message}) + "\n")


def _write_on(place: Place) -> None:
    """From now on the supervisor's own output goes to its log; until now the caller was there to read it."""
    log = os.open(place.log / "aegir.log", os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o640)
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)


if __name__ == "__main__":
    main()
