"""``aegir panel``: Aegir itself."""

from __future__ import annotations

import click

from aegir.cli import client
from aegir.cli.follow import settle, wait_option
from aegir.cli.output import Json, json_option, record, show_json, size, table, when


@click.group()
def panel() -> None:
    """Aegir itself: its rows and keys, how they are, and their backups."""


@panel.command("show")
@json_option
def show_panel(as_json: bool) -> None:
    """Show version and address, where the rows are, and the backups of Aegir itself."""
    answer = client.get("/api/panel")
    if as_json:
        return show_json(answer)
    rows = answer["rows"] if answer["size"] is None else f"{answer['rows']}, {size(answer['size'])}"
    backup, verify = answer["last_backup"], answer["last_verify"]
    record({
        "version": answer["version"],
        "address": answer["address"],
        "rows": rows,
        "backups": answer["folder"],
        "last backup": when(backup["ended_at"]) if backup else "never",
        "last verify": when(verify["ended_at"]) if verify else "never",
    })  # fmt: skip
    for finding in answer["findings"]:
        if not finding["well"]:
            record({"warning": finding["said"]})
    click.echo()
    found = [(each["name"], size(each["size"]), when(each["made_at"])) for each in answer["archives"]]
    return table(["ARCHIVE", "SIZE", "MADE"], found, "No backup yet: make one with «aegir panel backup».")


@panel.command("verify")
@wait_option
@json_option
def verify_panel(wait: bool, as_json: bool) -> None:
    """Check rows, keys, folders, workers, backups and audit, and set modes right."""
    _ask("verify", wait, as_json)


@panel.command("backup")
@wait_option
@json_option
def backup_panel(wait: bool, as_json: bool) -> None:
    """Write rows and keys into one archive; «aegir admin restore» puts it back."""
    _ask("backup", wait, as_json)


def _ask(verb: str, wait: bool, as_json: bool) -> None:
    task: Json = client.post(client.path("panel", verb))
    settle(task, wait=wait, as_json=as_json)
