"""``aegir setting``: what Aegir does unless it is told otherwise."""

from __future__ import annotations

import sys

import click

from aegir.cli import client
from aegir.cli.output import Json, json_option, record, show_json, table


@click.group()
def setting() -> None:
    """What Aegir does unless it is told otherwise."""


@setting.command("list")
@json_option
def list_settings(as_json: bool) -> None:
    """List all settings."""
    answer = client.get("/api/settings")
    if as_json:
        return show_json(answer)
    rows = [(s["name"], _shown(s["value"]), _shown(s["default"]), s["help"]) for s in answer["items"]]
    return table(["SETTING", "VALUE", "DEFAULT", "MEANING"], rows, "")


@setting.command("show")
@click.argument("name")
@json_option
def show_setting(name: str, as_json: bool) -> None:
    """Show a setting."""
    _show(client.get(client.path("settings", name)), as_json)


@setting.command("set")
@click.argument("name")
@click.argument("value", required=False)
@json_option
def set_setting(name: str, value: str | None, as_json: bool) -> None:
    """Change a setting; what runs goes on with the old one.

    A value that is left out is asked for, or read from the standard input. A secret always is: what stands on
    a command line can be seen by everybody on the machine.
    """
    url = client.path("settings", name)
    secret = bool(client.get(url)["secret"])
    if secret and value is not None:
        raise client.Refused(f"{name} is a secret: leave it out here, it is asked for.")
    wanted = _asked_for(name, secret) if value is None else value
    _show(client.put(url, value=wanted), as_json)


def _asked_for(name: str, secret: bool) -> str:
    if not sys.stdin.isatty():
        return sys.stdin.read().rstrip("\n")
    return str(click.prompt(name, hide_input=secret, default="", show_default=False))


def _show(answer: Json, as_json: bool) -> None:
    if as_json:
        return show_json(answer)
    values = {"value": _shown(answer["value"]), "default": _shown(answer["default"])}
    return record({"setting": answer["name"], **values, "meaning": answer["help"]})


def _shown(value: bool | int | str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or "–"
