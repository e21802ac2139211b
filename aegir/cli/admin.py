"""``aegir admin``: what is done on the machine itself, with the database in hand."""

from __future__ import annotations

import os

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


def _token() -> str:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aegir.settings")
    import django

    django.setup()
    from aegir.embedded.rows import administrator
    from aegir.models import SignInLink

    return SignInLink.mint(administrator(), whole=True)
