"""``aegir site alias``: further names of a site."""

from __future__ import annotations

import click

from aegir.cli import client
from aegir.cli.asking import Ask, asking
from aegir.cli.output import Json, json_option, show_json, table


@click.group()
def alias() -> None:
    """Further names that a site answers to."""


@alias.command("list")
@click.argument("domain")
@json_option
def list_aliases(domain: str, as_json: bool) -> None:
    """List all names of a site, its domain first."""
    answer = client.get(client.path("sites", domain, "aliases"))
    if as_json:
        return show_json(answer)
    rows = [(row["name"], _kind(row, answer["canonical"])) for row in answer["names"]]
    return table(["NAME", "WHAT"], rows, "")


@alias.command("add")
@click.argument("domain")
@click.argument("name")
@click.option(
    "--redirect", is_flag=True, help="Let it lead to the site's main name instead of serving the site."
)
@asking
def add_alias(ask: Ask, domain: str, name: str, redirect: bool) -> None:
    """Give a site a further name.

    *.example.org stands for every name below example.org.
    """
    ask.site(domain, "aliases", name=name, redirect=redirect)


@alias.command("remove")
@click.argument("domain")
@click.argument("name")
@asking
def remove_alias(ask: Ask, domain: str, name: str) -> None:
    """Take one of its further names from a site."""
    ask.delete(client.path("sites", domain, "aliases", name))


@alias.command("redirect")
@click.argument("domain")
@click.argument("to", metavar="NAME|off")
@click.option("--only", "name", metavar="ALIAS", help="Let only this alias lead there; by default all do.")
@asking
def redirect_aliases(ask: Ask, domain: str, to: str, name: str | None) -> None:
    """Let the names of a site lead to one of them.

    With «off» each serves the site again.
    """
    ask.site(domain, "redirect", to=to, name=name)


def _kind(row: Json, canonical: str) -> str:
    if row["reserved"]:
        return "taken by a task that is not over"
    what = f"redirects to {canonical}" if row["redirects"] else "domain" if row["main"] else "alias"
    return f"{what}, automatic" if row["automatic"] else what
