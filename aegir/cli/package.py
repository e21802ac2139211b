"""``aegir package``: what platforms and sites are made of."""

from __future__ import annotations

import click

from aegir.cli import client
from aegir.cli.output import json_option, show_json, table


@click.group()
def package() -> None:
    """Modules, themes, profiles: what sites are made of."""


@package.command("list")
@click.option("--platform", metavar="NAME", help="Only what this platform's codebase holds.")
@click.option("--site", metavar="DOMAIN", help="Only what this site has, enabled or not.")
@json_option
def list_packages(platform: str | None, site: str | None, as_json: bool) -> None:
    """List packages."""
    answer = client.get_all("/api/packages", platform=platform, site=site)
    if as_json:
        return show_json(answer)
    rows = [
        (p["name"], p["kind"], p["version"], _enabled(p["enabled"]), p["site"] or p["platform"])
        for p in answer["items"]
    ]
    empty = "No packages known: verify the platform or site first."
    return table(["NAME", "KIND", "VERSION", "ENABLED", "IN"], rows, empty)


def _enabled(enabled: bool | None) -> str:
    return "" if enabled is None else "yes" if enabled else "no"
