"""``aegir platform move-sites`` and ``aegir fleet``: all sites of a platform go to another."""

from __future__ import annotations

import sys
from typing import Any

import click

from aegir.cli import client
from aegir.cli.asking import confirm, yes_option
from aegir.cli.fleet_watch import counts, report, settle
from aegir.cli.output import Json, clean, json_option, show_json, table, when

wait_option = click.option("--wait", is_flag=True, help="Show how it goes, and wait until it ends or stops.")


@click.command("move-sites")
@click.argument("platform")
@click.option("--to", "target", required=True, metavar="PLATFORM", help="The platform to go to.")
@click.option("--rehearse", metavar="N|all", help="How many sites are rehearsed first; 1 unless given.")
@click.option(
    "--canary", type=int, metavar="N", help="How many are moved before the first wave; 1 unless given."
)
@click.option("--wave", type=int, metavar="N", help="How many sites make a wave; 10 unless given.")
@click.option(
    "--width", type=int, metavar="N", help="How many at once on each database server; 2 unless given."
)
@click.option(
    "--failures", type=int, metavar="PERCENT", help="Stop when more of a wave fail; 20 unless given."
)
@click.option("--dry-run", is_flag=True, help="Change nothing: print which sites could go, and which not.")
@click.option("--start", is_flag=True, help="Start as soon as all sites are compared.")
@wait_option
@json_option
def move_sites(
    platform: str, target: str, dry_run: bool, start: bool, wait: bool, as_json: bool, **options: Any
) -> None:
    """Move all sites of a platform to another.

    All are compared first, and what cannot go is named. Some are rehearsed on throw-away copies, some are
    moved before all others, then come waves. It stops by itself when too many fail. What is moved can be
    taken back: «aegir fleet undo NUMBER».
    """
    if dry_run:
        return foresee(platform, target, as_json=as_json)
    wanted = {**options, "rehearse": _rehearse(options["rehearse"])}
    fleet = client.post("/api/fleets", source=platform, target=target, start=start or None, **wanted)
    if wait:
        return settle(fleet["id"], as_json=as_json)
    if as_json:
        return show_json(fleet)
    click.echo(f"Move {fleet['id']} of the sites of {platform} to {target}: its sites are being compared.")
    click.echo(f"Look at it: aegir fleet show {fleet['id']}")
    if not start:
        click.echo(f"Then start it: aegir fleet start {fleet['id']} --wait")
    return None


@click.group()
def fleet() -> None:
    """Moves of all sites of a platform."""


@fleet.command("list")
@json_option
def list_fleets(as_json: bool) -> None:
    """List all moves of whole platforms."""
    answer = client.get_all("/api/fleets")
    if as_json:
        return show_json(answer)
    rows = [
        (f["id"], f["source"], f["target"], f["state"], f["asked_by"], when(f["created_at"]))
        for f in answer["items"]
    ]
    empty = "No platform's sites were moved yet: «aegir platform move-sites PLATFORM --to PLATFORM»."
    return table(["NUMBER", "FROM", "TO", "STATE", "ASKED BY", "ASKED AT"], rows, empty)


@fleet.command("show")
@click.argument("number", type=int)
@click.option("--sites", metavar="STATE", help="Also list the sites in that state; «all» for all.")
@json_option
def show_fleet(number: int, sites: str | None, as_json: bool) -> None:
    """Show how far a move is, and what went wrong."""
    answer = client.get(client.path("fleets", number))
    listed = _sites(number, sites) if sites else []
    if as_json:
        return show_json({**answer, "listed": listed} if sites else answer)
    report(answer)
    if sites:
        rows = [(s["domain"], s["state"], s["platform"], s["task"], s["error"]) for s in listed]
        table(["SITE", "STATE", "ON", "TASK", "WHY"], rows, "No site is in that state.")
    return None


@fleet.command("start")
@click.argument("number", type=int)
@wait_option
@json_option
def start_fleet(number: int, wait: bool, as_json: bool) -> None:
    """Begin to move what was compared."""
    _do("start", number, wait, as_json)


@fleet.command("pause")
@click.argument("number", type=int)
@json_option
def pause_fleet(number: int, as_json: bool) -> None:
    """Begin with no further site; what is being worked on is finished."""
    _do("pause", number, False, as_json)


@fleet.command("resume")
@click.argument("number", type=int)
@wait_option
@json_option
def resume_fleet(number: int, wait: bool, as_json: bool) -> None:
    """Let one that paused or stopped go on; what failed is left out."""
    _do("resume", number, wait, as_json)


@fleet.command("retry")
@click.argument("number", type=int)
@click.argument("domains", nargs=-1)
@wait_option
@json_option
def retry_fleet(number: int, domains: tuple[str, ...], wait: bool, as_json: bool) -> None:
    """Try what failed again, or the sites that are named; and go on."""
    _do("retry", number, wait, as_json, domains=[*domains])


@fleet.command("cancel")
@click.argument("number", type=int)
@click.option("--now", is_flag=True, help="Also cancel what is being worked on; it goes back.")
@yes_option
@json_option
def cancel_fleet(number: int, now: bool, yes: bool, as_json: bool) -> None:
    """Leave out what waits; what was moved stays moved."""
    confirm(f"Cancel move {number}?", yes=yes)
    _do("cancel", number, False, as_json, now=now)


@fleet.command("undo")
@click.argument("number", type=int)
@yes_option
@wait_option
@json_option
def undo_fleet(number: int, yes: bool, wait: bool, as_json: bool) -> None:
    """Take every site back that was moved, as it was then."""
    answer = client.get(client.path("fleets", number))
    count = answer["sites"]["moved"] + answer["sites"]["moving"]
    back = clean(answer["source"])
    confirm(f"Take {count} sites back to {back}, without what was written to them since?", yes=yes)
    _do("undo", number, wait, as_json)


def _do(verb: str, number: int, wait: bool, as_json: bool, **body: Any) -> None:
    answer = client.post(client.path("fleets", number, verb), **body)
    if wait:
        settle(number, as_json=as_json)
    elif as_json:
        show_json(answer)
    else:
        click.echo(f"Move {number} is {answer['state']}: {counts(answer)}.")


def _rehearse(text: str | None) -> int | None:
    if text is None or (text.isascii() and text.isdigit()):
        return None if text is None else int(text)
    if text == "all":
        return 100_000
    raise client.Refused(f"«{clean(text)}» sites cannot be rehearsed: give a number or all.")


def foresee(platform: str, target: str, *, as_json: bool) -> None:
    """Which sites could go, and what speaks against the others; nothing is kept of it. Exit code 2 when none
    can."""
    answer = client.get_all("/api/fleets/outlook", source=platform, target=target)
    going = [row for row in answer["items"] if row["allowed"]]
    if as_json:
        show_json(answer)
    else:
        for row in answer["items"]:
            can = row["allowed"]
            word = click.style("can go   " if can else "cannot go", fg="green" if can else "red")
            said = clean(row["error"]) or (f"{row['warnings']} warnings" if row["warnings"] else "")
            click.echo(f"{word}  {clean(row['domain'])}{f': {said}' if said else ''}")
        click.echo(f"{len(going)} of {answer['count']} sites can go to {clean(target)}; nothing was changed.")
    sys.exit(0 if going or not answer["count"] else 2)


def _sites(number: int, state: str) -> list[Json]:
    wanted = None if state == "all" else state
    listed: list[Json] = client.get_all(client.path("fleets", number, "sites"), state=wanted)["items"]
    return listed
