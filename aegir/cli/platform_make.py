"""``aegir platform make``: makefiles, read where they lie. The panel is not asked, and nothing is fetched."""

from __future__ import annotations

import click

from aegir.cli.client import Refused
from aegir.cli.output import json_option, show_json, table
from aegir.errors import AegirError

COLUMNS = ["NAME", "TYPE", "VERSION", "FROM", "PLACE"]
PART = "It is a part that others include, or lies in a project: no core is missed."


@click.command("make")
@click.argument("file", type=click.Path())
@click.option("--check", "only_check", is_flag=True, help="Only read it: nothing is fetched or built.")
@click.option("--part", is_flag=True, help=PART)
@json_option
@click.pass_context
def make(context: click.Context, file: str, only_check: bool, part: bool, as_json: bool) -> None:
    """Show what a Drush makefile would fetch, or every mistake in it with its file and line.

    Makefiles on this machine that it includes are read too; those of other machines are named.
    To build a platform from one, use «aegir platform add NAME --make FILE».
    """
    from aegir.cli import makefile  # what reads them takes longer to import than other commands take

    if not only_check:
        raise Refused(f"To build it, use «aegir platform add NAME --make {file}»; to read it, add --check.")
    if "://" in file:
        raise Refused("Only a makefile on this machine is checked: fetch it first, or build it.")
    try:
        answer = makefile.read(file, whole=not part, as_json=as_json)
    except AegirError as error:
        raise Refused(str(error)) from None
    if answer is None:
        context.exit(Refused.exit_code)
    if as_json:
        return show_json(answer)
    items = [*answer["projects"], *answer["libraries"]]
    rows = [[str(each[name.lower()]) for name in COLUMNS] for each in items]
    table(COLUMNS, rows, "The makefile fetches nothing.")
    for remark in (*answer["warnings"], *answer["unread"]):
        click.echo(f"{remark['file']}:{remark['line']}: {remark['sentence']}", err=True)
    return None
