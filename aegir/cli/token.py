"""``aegir token``: what lets programs elsewhere speak to the API."""

from __future__ import annotations

import click

from aegir.cli import client
from aegir.cli.output import json_option, show_json, table, when


@click.group()
def token() -> None:
    """Tokens: they let programs act for a person, within scopes, for a time."""


@token.command("list")
@click.option("--user", metavar="NAME", help="Only those that act for this person.")
@json_option
def list_tokens(user: str | None, as_json: bool) -> None:
    """List tokens. What a token reads is shown once, when it is made."""
    answer = client.get_all("/api/tokens", user=user)
    if as_json:
        return show_json(answer)
    rows = [
        (
            t["id"],
            t["name"],
            t["user"],
            ", ".join(t["scopes"]),
            when(t["expires_at"]),
            when(t["last_used_at"]),
        )
        for t in answer["items"]
    ]
    empty = "No tokens yet: make one with «aegir token add NAME --user USER --scope see»."
    return table(["TOKEN", "NAME", "FOR", "SCOPES", "UNTIL", "LAST USED"], rows, empty)


@token.command("add")
@click.argument("name")
@click.option("--user", metavar="NAME", help="For whom it acts; needed on the machine itself.")
@click.option("--scope", "scopes", multiple=True, required=True, metavar="S", help="May be repeated: see, "
              "site, backup, platform, task, client, user, server, setting, metrics, all.")  # fmt: skip
@click.option("--days", type=int, default=90, show_default=True, metavar="N", help="For how long.")
@json_option
def add_token(name: str, user: str | None, scopes: tuple[str, ...], days: int, as_json: bool) -> None:
    """Make a token and print it, this once."""
    answer = client.post("/api/tokens", name=name, user=user, scopes=[*scopes], days=days)
    if as_json:
        return show_json(answer)
    click.echo(answer["token"])
    return click.echo(
        f"Keep it safe: it is not shown again. It ends on {when(answer['expires_at'])}.", err=True
    )


@token.command("revoke")
@click.argument("number", type=int)
def revoke_token(number: int) -> None:
    """Let a token open nothing any more."""
    answer = client.delete(client.path("tokens", number))
    click.echo(f"The token «{answer['name']}» of {answer['user']} is revoked.")
