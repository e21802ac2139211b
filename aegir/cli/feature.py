"""``aegir feature``: optional parts."""

from __future__ import annotations

import click

from aegir.cli import client
from aegir.cli.output import json_option, show_json, table


@click.group()
def feature() -> None:
    """Optional parts: what is off is gone from pages, API and command line."""


@feature.command("list")
@json_option
def list_features(as_json: bool) -> None:
    """List all optional parts."""
    answer = client.get("/api/features")
    if as_json:
        return show_json(answer)
    rows = [
        (f["name"], "on" if f["on"] else "off", ", ".join(f["needs"]), f["help"]) for f in answer["items"]
    ]
    return table(["FEATURE", "STATE", "NEEDS", "WHAT IT DOES"], rows, "")


@feature.command("on")
@click.argument("name")
def switch_on(name: str) -> None:
    """Switch a part on."""
    _switch(name, True)


@feature.command("off")
@click.argument("name")
def switch_off(name: str) -> None:
    """Switch a part off; nothing of what it holds is lost."""
    _switch(name, False)


def _switch(name: str, on: bool) -> None:
    answer = client.put(client.path("features", name), on=on)
    click.echo(f"{answer['title']} is {'on' if answer['on'] else 'off'}.")
