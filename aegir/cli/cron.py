"""``aegir cron``: when the sites' cron runs."""

from __future__ import annotations

import click

from aegir.cli import client
from aegir.cli.output import Json, json_option, show_json, table, when


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


def _every(row: Json) -> str:
    shown = f"{row['minutes']} min" if row["minutes"] else "never"
    return shown if row["own"] else f"{shown} (default)"
