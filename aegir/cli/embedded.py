"""``aegir up``, ``down`` and ``status``: Aegir on this machine, from one data folder."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click

from aegir.embedded import control, lock
from aegir.embedded.place import WEB_SERVERS, Place, place_from
from aegir.errors import AegirError, Refused, Unreachable

DOWN_PATIENCE = 180.0


@click.command()
@click.option(
    "--detach", "in_background", is_flag=True, help="Return once everything runs; leave it running."
)
@click.option(
    "--web", type=click.Choice(WEB_SERVERS), help="The web server of this data folder, from now on [nginx]."
)
def up(in_background: bool, web: str | None) -> None:
    """Run panel, worker, web server, PHP and, when needed, a database from one data folder.

    AEGIR_HOME says where it lies; AEGIR_PANEL_PORT (8000), AEGIR_PANEL_ADDRESS (127.0.0.1) and
    AEGIR_HTTP_PORT (8080) say where it answers. With another web server than before (--web, or AEGIR_WEB)
    all platforms and sites are verified at once; each is served again when its verification is over.
    """
    with errors_as_exit_codes():
        place = place_from({**os.environ, **({"AEGIR_WEB": web} if web else {})})
        if in_background:
            from aegir.embedded.detach import detach

            detach(place)
            click.echo(
                f"Aegir is up: {place.panel_url}, sites on port {place.http_port}, data in {place.home}."
            )
        else:
            _stay(place)


@click.command()
def down() -> None:
    """End everything that `aegir up` started, each part in its turn."""
    with errors_as_exit_codes():
        place = place_from(os.environ)
        supervisor = control.ask(place.control_socket, {"do": "stop"})["stopping"]
        deadline = time.monotonic() + DOWN_PATIENCE
        while lock.held(place.lock):
            if time.monotonic() > deadline:
                raise Refused(f"Process {supervisor} is still ending; look again with: aegir status")
            time.sleep(0.05)
        click.echo("Aegir is down.")


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def status(as_json: bool) -> None:
    """Show what runs. The exit code is 0 when all is well, 1 otherwise."""
    with errors_as_exit_codes():
        place = place_from(os.environ)
        found = _status(place)
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        _show(found)
    sys.exit(0 if found["well"] else 1)


@contextmanager
def errors_as_exit_codes() -> Iterator[None]:
    """Print the sentence of an error and end as every command does: 2 when refused, 1 when it failed."""
    try:
        yield
    except AegirError as error:
        click.echo(f"aegir: {error}", err=True)
        sys.exit(2 if isinstance(error, Refused) else 1)


def _stay(place: Place) -> None:
    from aegir.embedded.up import bring_up
    from aegir.errors import Broken

    failed: list[str] = []

    def started(reason: str) -> None:
        if reason:
            failed.append(reason)
        else:
            click.echo(f"Aegir is up: {place.panel_url}, sites on port {place.http_port}. Ctrl+C ends it.")

    bring_up(place, lambda text: click.echo(text, err=True), started)
    if failed:
        raise Broken(failed[0])


def _status(place: Place) -> dict[str, Any]:
    try:
        return control.ask(place.control_socket, {"do": "status"})
    except Unreachable as error:
        return {
            "home": str(place.home),
            "running": False,
            "well": False,
            "programs": [],
            "problem": str(error),
        }


def _show(found: dict[str, Any]) -> None:
    if not found["running"]:
        click.echo(found["problem"])
        return
    click.echo(f"Aegir on {found['home']} (process {found['pid']}), panel {found['panel']}")
    for program in found["programs"]:
        since = time.strftime("%F %T", time.localtime(program["since"])) if program["pid"] else ""
        restarts = f"restarted {program['restarts']}×" if program["restarts"] else ""
        line = f"  {program['name']:<8}{program['state']:<10}{program['pid'] or '':<9}{since:<21}{restarts}"
        click.echo(line.rstrip())
        if not program["well"]:
            for line in [program["problem"], *program["last_lines"]]:
                click.echo(f"          {line}")
