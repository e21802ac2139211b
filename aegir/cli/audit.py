"""``aegir audit``: who asked for what."""

from __future__ import annotations

import sys
from typing import Any

import click

from aegir.cli import client
from aegir.cli.output import Command, json_option, show_json, table, when


def _narrowing(command: Command) -> Command:
    """Declare the options that narrow the audit."""
    options = [
        click.option("--actor", metavar="WHO"),
        click.option("--action", metavar="WHAT", help="As «site_migrate»."),
        click.option("--about", metavar="THING", help="As «example.org»."),
        click.option("--outcome", type=click.Choice(["done", "accepted", "refused", "forbidden", "failed"])),
        click.option("--since", metavar="TIME", help="As 2026-11-22 or 2026-11-22T18:00:00Z."),
        click.option("--until", metavar="TIME"),
    ]
    for option in reversed(options):
        command = option(command)
    return command


@click.group()
def audit() -> None:
    """Every request for a change: who, what, from where, how it was answered."""


@audit.command("list")
@_narrowing
@click.option("--last", type=click.IntRange(1, 1000), default=50, show_default=True, metavar="N")
@json_option
def list_audit(last: int, as_json: bool, **which: Any) -> None:
    """List the last entries, newest first."""
    answer = client.get("/api/audit", limit=last, **which)
    if as_json:
        return show_json(answer)
    rows = [
        (when(e["at"]), e["actor"] or "–", e["door"], e["action"], e["about"], e["outcome"], e["sentence"])
        for e in answer["items"]
    ]
    return table(["WHEN", "WHO", "THROUGH", "WHAT", "ABOUT", "OUTCOME", "WHY"], rows, "Nothing fits.")


@audit.command("export")
@_narrowing
@click.option("--format", type=click.Choice(["jsonl", "csv"]), default="jsonl", show_default=True)
def export_audit(**which: Any) -> None:
    """Write all entries to the standard output, oldest first."""
    for piece in client.stream("/api/audit/export", **which):
        sys.stdout.buffer.write(piece)


@audit.command("verify")
@json_option
def verify_audit(as_json: bool) -> None:
    """Prove that nobody changed, removed or added an entry; ends with 1 when somebody did."""
    answer = client.get("/api/audit/verify")
    if as_json:
        show_json(answer)
    else:
        for problem in answer["problems"]:
            click.echo(problem)
        if answer["intact"]:
            click.echo("The audit is intact.")
    if not answer["intact"]:
        sys.exit(1)
