"""``aegir setting``: what Aegir does unless it is told otherwise."""

from __future__ import annotations

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
@click.argument("value")
@json_option
def set_setting(name: str, value: str, as_json: bool) -> None:
    """Change a setting; what runs goes on with the old one."""
    _show(client.put(client.path("settings", name), value=value), as_json)


def _show(answer: Json, as_json: bool) -> None:
    if as_json:
        return show_json(answer)
    values = {"value": _shown(answer["value"]), "default": _shown(answer["default"])}
    return record({"setting": answer["name"], **values, "meaning": answer["help"]})


def _shown(value: bool | int | str) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) or "–"
