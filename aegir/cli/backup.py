"""``aegir backup``: archives of sites."""

from __future__ import annotations

import os
from pathlib import Path
from urllib.parse import urlsplit

import click

from aegir.cli import client
from aegir.cli.asking import Ask, asking, confirm, yes_option
from aegir.cli.output import json_option, record, show_json, size, table, when


@click.group()
def backup() -> None:
    """Archives of sites.

    «aegir site backup» makes one, «aegir site restore» brings it back.
    """


@backup.command("list")
@click.argument("domain", required=False)
@json_option
def list_backups(domain: str | None, as_json: bool) -> None:
    """List backups, newest first.

    Of one site where it is named, else of all, deleted ones too.
    """
    answer = client.get_all("/api/backups", site=domain)
    if as_json:
        return show_json(answer)
    rows = [
        (b["id"], when(b["created_at"]), b["domain"], size(b["size"]), b["platform"], _why(b))
        for b in answer["items"]
    ]
    empty = "No backups yet: make one with «aegir site backup DOMAIN»."
    return table(["BACKUP", "MADE", "SITE", "SIZE", "PLATFORM", "WHY"], rows, empty)


@backup.command("show")
@click.argument("number", type=int)
@json_option
def show_backup(number: int, as_json: bool) -> None:
    """Show a backup and where its archive lies."""
    answer = client.get(client.path("backups", number))
    if as_json:
        return show_json(answer)
    manifest = answer["manifest"]
    inside = {name: str(manifest.get(name, "")) for name in ("drupal", "profile", "language", "database")}
    own = {"backup": str(number), "site": answer["domain"], "state": answer["state"], "why": _why(answer)}
    where = {"platform": answer["platform"], "archive": answer["path"], "size": size(answer["size"])}
    return record({**own, **where, "sha256": answer["sha256"], **inside, "made": when(answer["created_at"])})


@backup.command("download")
@click.argument("number", type=int)
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="By default here, under its own name.",
)
def download_backup(number: int, target: Path | None) -> None:
    """Fetch a backup's archive; who has it has the site's secrets."""
    found = client.get(client.path("backups", number))
    link = client.get(client.path("backups", number, "download-link"))["address"]
    to = target or Path(Path(found["path"]).name)
    if to.exists():
        raise client.Refused(f"{to} is already there: say another place with --to.")
    part = to.with_name(f"{to.name}.part")
    try:
        with open(part, "xb", opener=_closed) as file:
            for piece in client.stream(urlsplit(link).path):
                file.write(piece)
        part.rename(to)
    except OSError as error:
        raise client.Failure(f"{part} cannot be written: {error.strerror}.") from error
    finally:
        part.unlink(missing_ok=True)
    click.echo(f"{to}: {size(to.stat().st_size)}.")


def _closed(path: str, flags: int) -> int:
    """Opens a file that nobody else can read."""
    return os.open(path, flags, 0o600)


@backup.command("delete")
@click.argument("number", type=int)
@yes_option
@asking
def delete_backup(ask: Ask, number: int, yes: bool) -> None:
    """Delete a backup for good."""
    url = client.path("backups", number)
    if not ask.dry_run:
        found = client.get(url)
        what = f"backup {number} of {found['domain']}, made {when(found['created_at'])}"
        confirm(f"Delete {what}, for good?", yes=yes)
    ask.delete(url)


def _why(backup: dict[str, str]) -> str:
    return backup["description"] or backup["reason"].replace("_", " ")
