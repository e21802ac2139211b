"""``aegir admin``: what is done on the machine itself, with the database in hand."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import click

from aegir.cli.embedded import errors_as_exit_codes
from aegir.embedded.place import place_from
from aegir.errors import Refused


@click.group()
def admin() -> None:
    """Look after Aegir itself."""


@admin.command()
def link() -> None:
    """Print an address that signs the administrator in to the panel, once, within 24 hours."""
    with errors_as_exit_codes():
        place = place_from(os.environ)
        if not os.access(place.home / "aegir.sqlite3", os.R_OK | os.W_OK):
            raise Refused(
                f"There is no database in {place.home} that you may write; run aegir up first, and this"
                " command as the same user."
            )
        click.echo(f"{place.panel_url}/sign-in/{_token()}")


@admin.command()
@click.argument("archive")
@click.option("--yes", is_flag=True, help="Do not ask.")
def restore(archive: str, yes: bool) -> None:
    """Put Aegir's own rows and keys back from ARCHIVE, a file that «aegir panel backup» made.

    Only while Aegir is down. What is there now is kept beside it, under names with «before-restore» in them.
    Tasks that waited or ran when the archive was made are not taken up again, and everybody is signed out.
    """
    with errors_as_exit_codes():
        place = place_from(os.environ)
        if not yes:
            _sure(f"Put {archive} in the place of Aegir's rows and keys in {place.home}?")
        from aegir.embedded.restoring import restore as put_back

        done = put_back(place, archive, _described(place.home))
        click.echo(f"Aegir is as it was at {done.made_at}. Bring it up: aegir up")
        for path in done.aside:
            click.echo(f"Kept from before: {path}")


@admin.command()
def manual() -> None:
    """Print the manual page: «aegir admin manual > /usr/local/share/man/man1/aegir.1»."""
    from aegir.cli.manual import page

    click.echo(page(click.get_current_context().find_root().command), nl=False)


def _sure(question: str) -> None:
    if not sys.stdin.isatty():
        raise Refused("This cannot be taken back by itself: say --yes.")
    if not click.confirm(question):
        raise Refused("Nothing was done.")


def _described(home: Path) -> dict[str, Any]:
    from aegir.settings_database import database

    try:
        return database(os.environ.get("AEGIR_DATABASE", ""), home)
    except ValueError as error:
        raise Refused(str(error)) from None


def _token() -> str:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aegir.settings")
    import django

    django.setup()
    from aegir.embedded.rows import administrator
    from aegir.models import SignInLink

    return SignInLink.mint(administrator(), whole=True)
