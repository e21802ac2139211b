"""``aegir package``: what platforms and sites are made of."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import click

from aegir.cli import client
from aegir.cli.output import Command, Json, json_option, show_json, table

KINDS = ["core", "module", "theme", "profile", "theme_engine", "library"]
_OPTIONS: list[Callable[[Any], Any]] = [
    click.option("--platform", metavar="NAME", help="Only what this platform's codebase holds."),
    click.option("--site", metavar="DOMAIN", help="Only what this site has, enabled or not."),
    click.option("--on", type=click.Choice(["sites", "platforms"]), help="Only what these have."),
    click.option("--kind", type=click.Choice(KINDS), help="Only packages of this kind."),
    click.option("--enabled/--disabled", default=None, help="Only what sites use, or have and do not use."),
    click.option("--older-than", metavar="VERSION", help="Only older ones, in Drupal's order; with a name."),
    click.option("--at-least", metavar="VERSION", help="Only this one or newer ones; with a name."),
    click.option("--version", metavar="VERSION", help="Only exactly this one; with a name."),
]  # fmt: skip


def _narrowing(command: Command) -> Command:
    """Declare which packages can be asked for."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


@click.group()
def package() -> None:
    """Modules, themes, profiles: what sites are made of."""


@package.command("list")
@click.option("--name", metavar="NAME", help="Only the package of exactly this name.")
@_narrowing
@json_option
def list_packages(as_json: bool, **which: Any) -> None:
    """List packages.

    Which sites run Views older than 7.x-3.20:

        aegir package list --name views --older-than 7.x-3.20 --on sites --enabled
    """
    _list(as_json, which)


@package.command("search")
@click.argument("words")
@_narrowing
@json_option
def search_packages(words: str, as_json: bool, **which: Any) -> None:
    """List the packages that have WORDS in their name or title.

    With a version, WORDS is the exact name.
    """
    versions = any(which[name] is not None for name in ("older_than", "at_least", "version"))
    _list(as_json, {"name" if versions else "q": words, **which})


@package.command("export")
@click.option("--name", metavar="NAME", help="Only the package of exactly this name.")
@_narrowing
@click.option("--format", type=click.Choice(["csv", "json"]), default="csv", show_default=True)
def export_packages(**which: Any) -> None:
    """Write packages to the standard output, for tables and programs."""
    for piece in client.stream("/api/packages/export", **_said(which)):
        sys.stdout.buffer.write(piece)


def _list(as_json: bool, which: Json) -> None:
    answer = client.get_all("/api/packages", **_said(which))
    if as_json:
        return show_json(answer)
    rows = [
        (p["name"], p["kind"], p["version"], _schema(p), _enabled(p["enabled"]), p["site"] or p["platform"])
        for p in answer["items"]
    ]
    narrowed = any(value is not None for value in which.values())
    empty = "No package is so." if narrowed else "No packages known: verify the platform or site first."
    return table(["NAME", "KIND", "VERSION", "SCHEMA", "ENABLED", "IN"], rows, empty)


def _said(which: Json) -> Json:
    """As addresses have it."""
    return {name: str(value).lower() if isinstance(value, bool) else value for name, value in which.items()}


def _schema(package: Json) -> str:
    """The highest update that was run, and of which where some wait; on platforms the highest in code."""
    code, installed = package["schema_in_code"], package["schema_installed"]
    if code and installed is not None and installed < code:
        return f"{installed} of {code}"
    return str(installed or code or "")


def _enabled(enabled: bool | None) -> str:
    return "" if enabled is None else "yes" if enabled else "no"
