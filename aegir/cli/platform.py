"""``aegir platform``: codebases that sites run on."""

from __future__ import annotations

import sys
from typing import Any

import click

from aegir.cli import client, fleets, platform_make, results, sources
from aegir.cli.follow import settle, wait_option
from aegir.cli.output import json_option, record, show_json, table, when
from aegir.cli.sources import source_options


@click.group()
def platform() -> None:
    """Codebases: Drupal core with its modules, themes and profiles."""


@platform.command("list")
@click.option("--profile", metavar="P", help="Only those that sites with this install profile can live on.")
@json_option
def list_platforms(profile: str | None, as_json: bool) -> None:
    """List all platforms."""
    answer = client.get_all("/api/platforms", profile=profile)
    if as_json:
        return show_json(answer)
    rows = [(p["name"], p["state"], p["version"], p["site_count"], p["path"]) for p in answer["items"]]
    empty = (
        "No platform is so."
        if profile
        else "No platforms yet: add one with «aegir platform add NAME --path DIR»."
    )
    return table(["NAME", "STATE", "DRUPAL", "SITES", "PATH"], rows, empty)


@platform.command("show")
@click.argument("name")
@json_option
def show_platform(name: str, as_json: bool) -> None:
    """Show a platform and what the last verify found."""
    answer = client.get(client.path("platforms", name))
    if as_json:
        return show_json(answer)
    return record(
        {
            "name": answer["name"],
            "state": answer["state"],
            "path": answer["path"],
            "docroot": answer["docroot"],
            "source": sources.spoken(answer["source"]),
            "built": answer["built"].get("identity", ""),
            "credentials": answer["credentials"],
            "server": answer["server"],
            "drupal": answer["version"],
            "php": answer["php"],
            "profiles": answer["profiles"],
            "languages": answer["languages"],
            "sites": str(answer["site_count"]),
            "problems": answer["problems"],
            "code changed": when(answer["code_changed_at"]),
            "code changes": answer["code_changes"],
            "verified": when(answer["verified_at"]),
        }
    )


@platform.command("add")
@click.argument("name")
@source_options
@wait_option
@json_option
def add_platform(name: str, wait: bool, as_json: bool, **said: Any) -> None:
    """Take in a codebase where it lies, or build one from where its code comes from; then verify it.

    Exactly one of --path, --composer, --git, --archive and --make says which.
    """
    task = client.post("/api/platforms", name=name, **sources.wanted(**said))
    if wait and task["operation"] == "platform_build":
        task = sources.followed(task, as_json=as_json)
    settle(task, wait=wait, as_json=as_json)


@platform.command("verify")
@click.argument("name")
@wait_option
@json_option
def verify_platform(name: str, wait: bool, as_json: bool) -> None:
    """Find out what the codebase holds now, and repair its configuration; build it first where it is gone."""
    task = client.post(client.path("platforms", name, "verify"))
    if wait and task["operation"] == "platform_build":
        task = sources.followed(task, as_json=as_json)
    settle(task, wait=wait, as_json=as_json)


@platform.command("lock")
@click.argument("name")
def lock_platform(name: str) -> None:
    """Hide a platform from new sites and moves; the sites on it go on."""
    client.post(client.path("platforms", name, "lock"))
    click.echo(f"The platform {name} is locked.")


@platform.command("unlock")
@click.argument("name")
def unlock_platform(name: str) -> None:
    """Let sites be put on a locked platform again."""
    client.post(client.path("platforms", name, "unlock"))
    click.echo(f"The platform {name} is open.")


@platform.command("share")
@click.argument("name")
@click.argument("clients", nargs=-1)
def share_platform(name: str, clients: tuple[str, ...]) -> None:
    """Let only these clients put sites on a platform; everybody where none is named."""
    answer = client.put(client.path("platforms", name, "clients"), clients=[*clients])
    click.echo(f"{name} is for {', '.join(answer['clients']) or 'everybody'}.")


@platform.command("compare")
@click.argument("name")
@click.argument("other")
@click.option("--csv", "as_csv", is_flag=True, help="Print everything as CSV, for tables.")
@json_option
def compare_platforms(name: str, other: str, as_csv: bool, as_json: bool) -> None:
    """Compare what two platforms' code holds.

    Whether one site could go there is «aegir site compare».
    """
    if as_csv:
        for piece in client.stream(client.path("platforms", name, "comparison", "export"), to=other):
            sys.stdout.buffer.write(piece)
        return None
    answer = client.get(client.path("platforms", name, "comparison"), to=other)
    if as_json:
        return show_json(answer)
    return results.show_platform_comparison(answer)


@platform.command("delete")
@click.argument("name")
@wait_option
@json_option
def delete_platform(name: str, wait: bool, as_json: bool) -> None:
    """Delete a platform that has no sites."""
    settle(client.delete(client.path("platforms", name)), wait=wait, as_json=as_json)


platform.add_command(fleets.move_sites)
platform.add_command(platform_make.make)
