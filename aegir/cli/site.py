"""``aegir site``: Drupal sites."""

from __future__ import annotations

import click

from aegir.cli import client
from aegir.cli.follow import end, follow, settle, wait_option
from aegir.cli.output import json_option, record, show_json, table, when


@click.group()
def site() -> None:
    """Drupal sites, each living on a platform."""


@site.command("list")
@json_option
def list_sites(as_json: bool) -> None:
    """List all sites."""
    answer = client.get_all("/api/sites")
    if as_json:
        return show_json(answer)
    rows = [(s["domain"], s["state"], s["platform"], s["profile"], s["address"]) for s in answer["items"]]
    empty = "No sites yet: install one with «aegir site install DOMAIN --platform NAME»."
    return table(["DOMAIN", "STATE", "PLATFORM", "PROFILE", "ADDRESS"], rows, empty)


@site.command("show")
@click.argument("domain")
@json_option
def show_site(domain: str, as_json: bool) -> None:
    """Show a site."""
    answer = client.get(client.path("sites", domain))
    if as_json:
        return show_json(answer)
    own = ["domain", "title", "state", "address", "names", "platform", "profile", "language", "database"]
    fields = {name: answer[name] for name in [*own, "email"]}
    times = {"verified": when(answer["verified_at"]), "created": when(answer["created_at"])}
    return record({**fields, **times})


@site.command("install")
@click.argument("domain")
@click.option("--platform", required=True, metavar="NAME", help="The platform that it shall live on.")
@click.option("--profile", metavar="P", help="Install profile; by default the platform's recommended one.")
@click.option("--language", metavar="L", help="Language code; by default English.")
@click.option("--db", metavar="mysql|sqlite", help="Which kind of database it gets.")
@click.option("--email", metavar="E", help="E-mail address of the site's first account.")
@wait_option
@json_option
def install_site(wait: bool, as_json: bool, **wanted: str | None) -> None:
    """Install a new site."""
    settle(client.post("/api/sites", **wanted), wait=wait, as_json=as_json)


@site.command("verify")
@click.argument("domain")
@wait_option
@json_option
def verify_site(domain: str, wait: bool, as_json: bool) -> None:
    """Bring everything derived from a site back to what it should be."""
    settle(client.post(client.path("sites", domain, "verify")), wait=wait, as_json=as_json)


@site.command("login")
@click.argument("domain")
@json_option
def login_site(domain: str, as_json: bool) -> None:
    """Print a new one-time login link of the first account."""
    task = client.post(client.path("sites", domain, "login"))
    done = follow(task["id"], quiet=True)
    if done["state"] not in ("succeeded", "warned"):
        end(done, as_json=False)
    answer = client.get(client.path("sites", domain, "login-link"))
    if as_json:
        show_json(answer)
    else:
        click.echo(answer["login_link"])


@site.command("delete")
@click.argument("domain")
@wait_option
@json_option
def delete_site(domain: str, wait: bool, as_json: bool) -> None:
    """Delete a site, its database and its files."""
    settle(client.delete(client.path("sites", domain)), wait=wait, as_json=as_json)
