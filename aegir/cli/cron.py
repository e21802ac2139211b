"""``aegir cron``: when the sites' cron runs."""

from __future__ import annotations

import click

from aegir.cli import client
from aegir.cli.asking import Ask, asking
from aegir.cli.output import Json, clean, json_option, show_json, table, when


@click.group()
def cron() -> None:
    """What sites do regularly."""


@cron.command("show")
@json_option
def show_cron(as_json: bool) -> None:
    """Show every site's cron.

    How often it runs, when it did and will, and what it said when it failed.
    """
    answer = client.get_all("/api/cron")
    if as_json:
        return show_json(answer)
    rows = [
        (c["domain"], _every(c), when(c["ran_at"]), when(c["next_at"]), c["error"] or "")
        for c in answer["items"]
    ]
    return table(["SITE", "EVERY", "RAN", "NEXT", "FAILED WITH"], rows, "No sites yet.")


@cron.command("set")
@click.argument("domain")
@click.argument("minutes", metavar="MINUTES|never|default")
@asking
def set_cron(ask: Ask, domain: str, minutes: str) -> None:
    """Set how often a site's cron runs."""
    words: dict[str, int | None] = {"never": 0, "default": None}
    if minutes not in words and not (minutes.isascii() and minutes.isdigit()):
        raise client.Refused(f"Cron cannot run every «{clean(minutes)}»: give minutes, never or default.")
    ask.site(domain, "cron-interval", minutes=words[minutes] if minutes in words else int(minutes))


def _every(row: Json) -> str:
    shown = f"{row['minutes']} min" if row["minutes"] else "never"
    return shown if row["own"] else f"{shown} (default)"
