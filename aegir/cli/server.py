"""``aegir server``: machines that offer services."""

from __future__ import annotations

import click

from aegir.cli import client
from aegir.cli.follow import settle, wait_option
from aegir.cli.output import json_option, record, show_json, size, table, when


@click.group()
def server() -> None:
    """Machines that offer services: web, PHP, databases."""


@server.command("list")
@json_option
def list_servers(as_json: bool) -> None:
    """List all servers."""
    answer = client.get_all("/api/servers")
    if as_json:
        return show_json(answer)
    rows = [(s["name"], s["state"], _services(s), when(s["verified_at"])) for s in answer["items"]]
    return table(
        ["NAME", "STATE", "SERVICES", "VERIFIED"], rows, "No servers yet: «aegir up» makes the first."
    )


@server.command("show")
@click.argument("name")
@json_option
def show_server(name: str, as_json: bool) -> None:
    """Show a server, its services and what the last verify found."""
    answer = client.get(client.path("servers", name))
    if as_json:
        return show_json(answer)
    own = {"name": answer["name"], "title": answer["title"], "state": answer["state"]}
    own |= {"addresses": answer["addresses"], "services": _services(answer)}
    facts = dict(answer["facts"])
    room = {f"room for {what}": _room(found) for what, found in facts.pop("room", {}).items()}
    return record({**own, **facts, **room, "verified": when(answer["verified_at"])})


@server.command("verify")
@click.argument("name")
@wait_option
@json_option
def verify_server(name: str, wait: bool, as_json: bool) -> None:
    """Check a server's services and repair its configuration."""
    settle(client.post(client.path("servers", name, "verify")), wait=wait, as_json=as_json)


def _room(found: dict[str, int]) -> str:
    return f"{size(found['free'])} of {size(found['size'])} free"


def _services(answer: dict[str, list[dict[str, str]]]) -> str:
    return ", ".join(f"{service['family']}: {service['driver']}" for service in answer["services"])
