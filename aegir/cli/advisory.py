"""``aegir advisory``: packages that are known to be vulnerable, and who has them."""

from __future__ import annotations

import click

from aegir.cli import client
from aegir.cli.follow import settle, wait_option
from aegir.cli.output import Json, clean, json_option, show_json, table


@click.group()
def advisory() -> None:
    """Security advisories, and the sites and platforms that they concern."""


@advisory.command("list")
@json_option
def list_advisories(as_json: bool) -> None:
    """List the advisories that concern a site or platform, the worst first."""
    answer = client.get_all("/api/advisories")
    if as_json:
        return show_json(answer)
    rows = [
        (
            row["identifier"],
            row["severity"] or "–",
            row["package"],
            row["platform_count"],
            f"{row['site_count']} ({row['enabled_count']} use it)",
            row["title"],
        )
        for row in answer["items"]
    ]
    empty = "No advisory that is known concerns a site or platform; «aegir advisory fetch» asks anew."
    table(["ADVISORY", "SEVERITY", "PACKAGE", "PLATFORMS", "SITES", "TITLE"], rows, empty)
    for each in client.get_all("/api/advisories/unjudged")["items"]:
        held = f"{each['platforms']} platforms, {each['sites']} sites"
        click.echo(f"Not judged: {clean(each['sentence'])} ({held})", err=True)
    return None


@advisory.command("fetch")
@wait_option
@json_option
def fetch_advisories(wait: bool, as_json: bool) -> None:
    """Ask the feeds of the settings advisories_feed and advisories_feed_7 now."""
    task: Json = client.post("/api/advisories/fetch")
    settle(task, wait=wait, as_json=as_json)
