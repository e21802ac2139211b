"""``aegir client``: who owns sites. (``client.py`` speaks to the API.)"""

from __future__ import annotations

import click

from aegir.cli import client as api
from aegir.cli.asking import confirm, yes_option
from aegir.cli.output import Json, json_option, record, show_json, table, when


@click.group("client")
def client() -> None:
    """Clients: who owns sites. Their people see and manage those alone."""


@client.command("list")
@click.option("--search", "q", metavar="TEXT", help="Only those with this in name, title or e-mail address.")
@json_option
def list_clients(q: str | None, as_json: bool) -> None:
    """List clients."""
    answer = api.get_all("/api/clients", q=q)
    if as_json:
        return show_json(answer)
    rows = [(c["name"], c["title"], c["email"], c["site_count"], _allowed(c)) for c in answer["items"]]
    empty = "No clients yet: add one with «aegir client add NAME --email ADDRESS»."
    return table(["NAME", "TITLE", "E-MAIL", "SITES", "ALLOWED"], rows, empty)


@client.command("show")
@click.argument("name")
@json_option
def show_client(name: str, as_json: bool) -> None:
    """Show a client, its people and the platforms that are for it."""
    _show(api.get(api.path("clients", name)), as_json)


@client.command("add")
@click.argument("name")
@click.option("--email", required=True, metavar="E", help="Where the client is reached.")
@click.option("--title", metavar="TEXT", help="What people call it.")
@click.option("--organisation", metavar="TEXT")
@click.option("--quota", type=int, metavar="N", help="How many sites it may have; 0 for any number.")
@json_option
def add_client(name: str, as_json: bool, **said: str | int | None) -> None:
    """Add a client."""
    _show(api.post("/api/clients", name=name, **said), as_json)


@client.command("change")
@click.argument("name")
@click.option("--email", metavar="E")
@click.option("--title", metavar="TEXT")
@click.option("--organisation", metavar="TEXT")
@click.option("--quota", type=int, metavar="N", help="How many sites it may have; 0 for any number.")
@json_option
def change_client(name: str, as_json: bool, **said: str | int | None) -> None:
    """Change what is said of a client; the rest stays."""
    _show(api.patch(api.path("clients", name), **said), as_json)


@client.command("delete")
@click.argument("name")
@yes_option
def delete_client(name: str, yes: bool) -> None:
    """Delete a client that owns no site. Its people stay."""
    confirm(f"Delete the client {name}?", yes=yes)
    api.delete(api.path("clients", name))
    click.echo(f"The client {name} is deleted.")


@client.command("join")
@click.argument("name")
@click.argument("username")
@json_option
def join_client(name: str, username: str, as_json: bool) -> None:
    """Let a person see and manage the client's sites."""
    _show(api.post(api.path("clients", name, "users"), user=username), as_json)


@client.command("leave")
@click.argument("name")
@click.argument("username")
@json_option
def leave_client(name: str, username: str, as_json: bool) -> None:
    """Take the client's sites from a person."""
    _show(api.delete(api.path("clients", name, "users", username)), as_json)


def _allowed(answer: Json) -> str:
    return str(answer["allowance"] or "any number")


def _show(answer: Json, as_json: bool) -> None:
    if as_json:
        return show_json(answer)
    own = {name: answer[name] for name in ("name", "title", "organisation", "email")}
    sites = {"sites": str(answer["site_count"]), "allowed": _allowed(answer)}
    added = {"people": answer["users"], "platforms": answer["platforms"], "added": when(answer["created_at"])}
    return record({**own, **sites, **added})
