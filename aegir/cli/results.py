"""What an operation or a query found out, as people read it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import click

from aegir.cli.output import TIME, Json, clean, coloured, size, table

NEWEST = 3
"""How many of the newest changes of a kind are named."""


def show(task: Json) -> None:
    """What a task that is over found out, if it is something that people wait for."""
    shower = _SHOWERS.get(task["operation"])
    if shower and task["result"]:
        shower(task["result"])


def show_comparison(answer: Json) -> None:
    """What speaks against a move, what is to be known, and then every package that changes."""
    errors = [row for row in answer["rows"] if row["severity"] == "error"]
    warnings = [row for row in answer["rows"] if row["severity"] == "warning"]
    for level, rows in (("error", errors), ("warning", warnings)):
        for row in rows:
            click.echo(f"{coloured(level)}: {clean(row['sentence'])}")
    going = [row for row in answer["rows"] if row["enabled"] and row["verdict"] != "same"]
    same = sum(row["verdict"] == "same" for row in answer["rows"] if row["enabled"])
    if going:
        columns = ["PACKAGE", "KIND", "NOW", "THERE", "SCHEMA", "WHAT"]
        table(columns, [_package(row) for row in going], "")
    click.echo(f"{same} enabled packages stay as they are.")
    where = f"{answer['site']} can go to {answer['platform']}"
    if answer["allowed"]:
        click.echo(clean(f"{where}{', with what the warnings say' if warnings else ''}."))
    else:
        click.echo(clean(f"{where} only once the errors above are mended."))


def show_platform_comparison(answer: Json) -> None:
    """What one of two platforms has otherwise than the other, and how much is the same."""
    different = [row for row in answer["rows"] if row["change"] != "same"]
    if different:
        columns = ["PACKAGE", "KIND", answer["platform"], answer["to"], "SCHEMA", "WHAT"]
        table(columns, [_of_platforms(row) for row in different], "")
    same = len(answer["rows"]) - len(different)
    click.echo(f"{same} package{'s are' if same != 1 else ' is'} the same on both.")


def show_changes(result: Json) -> None:
    """What was written to a site since its last move."""
    changes = result["changes"]
    since = datetime.fromtimestamp(result["since"]).strftime(TIME)
    click.echo(f"Written since {since}:" if changes else f"Nothing was written since {since}.")
    for change in changes:
        click.echo(f"  {change['count']} × {clean(change['what'])}")
        for newest in change["newest"][:NEWEST]:
            click.echo(f"      {clean(newest['title'])}")


def show_rehearsal(report: Json) -> None:
    """What would come of a migration: updates, complaints, pages, and a verdict last."""
    for update in report["updates"]:
        click.echo(f"{coloured('done', 7)} {clean(update)}")
    for update, why in report["failed"].items():
        click.echo(f"{coloured('failed', 7)} {clean(update)}: {clean(why)}")
    for warning in report["php_warnings"]:
        often = f" ({warning['count']} times)" if warning["count"] > 1 else ""
        text = clean(f"{warning['message']} at {warning['place']}{often}")
        click.echo(f"{coloured('warning')}: {text}")
    different = [page for page in report["pages"] if not page["same"]]
    if different:
        rows = [(page["path"], _answer(page["before"]), _answer(page["after"])) for page in different]
        table(["PAGE", "NOW", "THEN"], rows, "")
    click.echo(clean(report["verdict"]))


def _answer(page: Json) -> str:
    return f"{page['status']} {page['title']}"


def _package(row: Json) -> tuple[str, ...]:
    schemas = (row["schema_installed"], row["schema_target"])
    schema = " → ".join("–" if number is None else str(number) for number in schemas)
    there = "–" if row["target"] is None else row["target"]
    return row["name"], row["kind"], row["current"], there, schema, row["verdict"].replace("_", " ")


def _of_platforms(row: Json) -> tuple[str, ...]:
    name = f"{row['name']} (in profile {row['profile']})" if row["profile"] else row["name"]
    versions = ["none" if row[side] is None else row[side] or "–" for side in ("here", "there")]
    schema = " → ".join(str(row[side] or "–") for side in ("schema_here", "schema_there"))
    shown = "" if row["schema_here"] == row["schema_there"] else schema
    return name, row["kind"], *versions, shown, row["change"].replace("_", " ")


def _show_output(result: Json) -> None:
    for said, beside in ((result["output"], False), (result["remarks"], True)):
        if said:
            click.echo("\n".join(clean(line) for line in said.splitlines()), err=beside)
    if not result.get("whole", True):
        click.echo("… the whole of it is in the task's log.", err=True)


def _show_backup(result: Json) -> None:
    click.echo(f"Backup {result['backup']}: {clean(result['file'])}, {size(result['size'])}.")


_SHOWERS: dict[str, Callable[[Json], None]] = {
    "site_backup": _show_backup,
    "site_changes": show_changes,
    "site_drush": _show_output,
    "site_rehearse": show_rehearsal,
}
