"""``aegir site migrate`` and its kin: to another platform, to another name, and back."""

from __future__ import annotations

import sys

import click

from aegir.cli import client, results
from aegir.cli.asking import Ask, asking, confirm, yes_option
from aegir.cli.follow import GOOD, follow
from aegir.cli.output import Json, clean, json_option, show_json, when

to_platform = click.option(
    "--to", "platform", required=True, metavar="PLATFORM", help="The platform to go to."
)


@click.command()
@click.argument("domain")
@to_platform
@asking
def migrate(ask: Ask, domain: str, platform: str) -> None:
    """Move a site to another platform.

    This is how a site is upgraded. Its packages are compared first, a backup is written while it is served,
    and it is away only for the last part. What it was is kept for some days: «aegir site undo DOMAIN».
    """
    ask.site(domain, "migrate", platform=platform)


@click.command()
@click.argument("domain")
@to_platform
@asking
def rehearse(ask: Ask, domain: str, platform: str) -> None:
    """Try a migration on a throw-away copy.

    Reports pages before and after, updates, warnings and the time that the site would be away. With --wait
    the exit code is 1 when the move would fail, or pages would answer differently.
    """
    ask.site(domain, "rehearse", platform=platform)


@click.command()
@click.argument("domain")
@to_platform
@click.option("--csv", "as_csv", is_flag=True, help="Print everything as CSV, for tables.")
@json_option
def compare(domain: str, platform: str, as_csv: bool, as_json: bool) -> None:
    """Compare a site's packages with a platform's.

    The exit code is 2 when the site cannot go there.
    """
    answer = client.get(client.path("sites", domain, "comparison"), to=platform)
    if as_csv:
        for piece in client.stream(client.path("sites", domain, "comparison", "export"), to=platform):
            sys.stdout.buffer.write(piece)
    elif as_json:
        show_json(answer)
    else:
        results.show_comparison(answer)
    sys.exit(0 if answer["allowed"] else 2)


@click.command()
@click.argument("domain")
@click.option("--as", "to", required=True, metavar="NEWDOMAIN", help="The new domain.")
@click.option("--to", "platform", metavar="PLATFORM", help="Move to this platform at the same time.")
@click.option(
    "--keep",
    type=click.Choice(["redirect", "alias", "drop"]),
    default="redirect",
    show_default=True,
    help="What becomes of the old name.",
)
@asking
def rename(ask: Ask, domain: str, **wanted: str | None) -> None:
    """Give a site another domain."""
    ask.site(domain, "rename", **wanted)


@click.command()
@click.argument("domain")
@click.option("--pair", type=int, metavar="N", help="Since which kept copy; by default the last move's.")
@json_option
def changes(domain: str, pair: int | None, as_json: bool) -> None:
    """Tell what was written since the last move.

    That is what an undo would take away.
    """
    result = _changes(domain, pair)
    if as_json:
        show_json(result)
    else:
        results.show_changes(result)


@click.command()
@click.argument("domain")
@click.option("--pair", type=int, metavar="N", help="Which kept copy to go back to; see «aegir site show».")
@yes_option
@asking
def undo(ask: Ask, domain: str, pair: int | None, yes: bool) -> None:
    """Take back the last move.

    Tells what was written since, keeps that as a backup, and goes back to what the site was before.
    """
    site = client.get(client.path("sites", domain))
    back = _choose(site, pair, of_undo=False)
    if not ask.dry_run:
        question = f"Take {site['domain']} back to {clean(back['platform'])}?"
        confirm(question, yes=yes, tell=lambda: None if ask.as_json else _tell(site, back))
    ask.site(domain, "undo", pair=back["id"])


@click.command()
@click.argument("domain")
@click.option("--pair", type=int, metavar="N", help="Which kept copy; see «aegir site show».")
@yes_option
@asking
def retire(ask: Ask, domain: str, pair: int | None, yes: bool) -> None:
    """Drop what a move has kept for its undo, before its time."""
    site = client.get(client.path("sites", domain))
    if pair is None and len(site["kept"]) > 1:
        raise client.Refused(f"{domain} has several kept copies: say which one with --pair.")
    going = _choose(site, pair, of_undo=True)
    if not ask.dry_run:
        what = f"Drop what {site['domain']} was on {clean(going['platform'])}"
        confirm(f"{what} until {when(going['since'])}, for good?", yes=yes)
    ask.delete(client.path("sites", domain, "kept", going["id"]))


COMMANDS = [migrate, undo, changes, rehearse, compare, rename, retire]


def _changes(domain: str, pair: int | None) -> Json:
    task = follow(client.post(client.path("sites", domain, "changes"), pair=pair)["id"], quiet=True)
    if task["state"] not in GOOD:
        raise client.Failure(f"What was written since cannot be told: {clean(task['error'])}")
    result: Json = task["result"]
    return result


def _choose(site: Json, pair: int | None, *, of_undo: bool) -> Json:
    """The kept pair of that number; else the newest, and what an undo left only where there is no other."""
    kept: list[Json] = site["kept"]
    if pair is not None:
        kept = [one for one in kept if one["id"] == pair]
    elif not of_undo:
        kept = [one for one in kept if one["reason"] != "site_undo"] or kept
    if not kept:
        raise client.Refused(
            f"{site['domain']} has no such kept copy: nothing was moved, or it was retired. "
            f"See «aegir backup list {site['domain']}»."
        )
    return kept[0]


def _tell(site: Json, back: Json) -> None:
    """What an undo would do, and what it would take away."""
    how = clean(back["reason"].removeprefix("site_"))
    click.echo(f"{site['domain']} is on {clean(site['platform'])} since {when(back['since'])} ({how}).")
    try:
        results.show_changes(_changes(site["domain"], back["id"]))
    except client.Failure as error:  # a site may well be taken back because it no longer answers
        click.echo(error.message)
    where = clean(f"{back['domain']} on {back['platform']}")
    click.echo(
        f"It goes back to {where}, as it was then. What it is now stays: as a backup, and as a kept copy."
    )
