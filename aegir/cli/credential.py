"""``aegir credential``: what opens other hosts when code is fetched."""

from __future__ import annotations

import sys

import click

from aegir.cli import client
from aegir.cli.output import json_option, show_json, table, when


@click.group()
def credential() -> None:
    """Credentials: tokens, passwords and SSH keys that open other hosts when platforms are built."""


@credential.command("list")
@json_option
def list_credentials(as_json: bool) -> None:
    """List credentials. Their secrets are shown to nobody."""
    answer = client.get_all("/api/credentials")
    if as_json:
        return show_json(answer)
    rows = [
        (c["name"], c["host"], c["kind"], c["user"], ", ".join(c["platforms"]), when(c["created_at"]))
        for c in answer["items"]
    ]
    empty = "No credentials yet: add one with «aegir credential add NAME --host HOST»."
    return table(["NAME", "HOST", "KIND", "USER", "USED BY", "SINCE"], rows, empty)


@credential.command("add")
@click.argument("name")
@click.option("--host", required=True, metavar="HOST", help="For which alone it is used: git.example.org.")
@click.option("--kind", type=click.Choice(["token", "password", "key"]), default="token", show_default=True,
              help="What it is; key: a private key of OpenSSH's, without a passphrase.")  # fmt: skip
@click.option("--user", default="", metavar="USER", help="Whose it is; needed with a password.")
@json_option
def add_credential(name: str, host: str, kind: str, user: str, as_json: bool) -> None:
    """Keep what opens a host.

    The secret itself is asked for, or read from the standard input: what stands on a command line can be seen
    by everybody on the machine.
    """
    secret = _asked_for(kind)
    answer = client.post("/api/credentials", name=name, host=host, kind=kind, user=user, secret=secret)
    if as_json:
        return show_json(answer)
    return click.echo(f"The credential {answer['name']} for {answer['host']} is kept.")


@credential.command("delete")
@click.argument("name")
def delete_credential(name: str) -> None:
    """Forget a credential that no platform is built with."""
    client.delete(client.path("credentials", name))
    click.echo(f"The credential {name} is gone.")


def _asked_for(kind: str) -> str:
    if not sys.stdin.isatty():
        text = sys.stdin.read()
        return text if kind == "key" else text.rstrip("\n")
    if kind == "key":
        raise client.Refused("Give the key on the standard input: aegir credential add … < id_ed25519")
    return str(click.prompt(kind, hide_input=True))
