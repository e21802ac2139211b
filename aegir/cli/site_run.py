"""``aegir site run DOMAIN …``: what is done inside a site every day."""

from __future__ import annotations

import click

from aegir.cli import client
from aegir.cli.asking import Ask, asking

EVERYDAY = {
    "cron": ("cron", "Run cron now."),
    "flush": ("flush", "Empty every cache."),
    "updates": (
        "update",
        "Run the database updates that wait.\n\nA backup is made first; when an update fails the site is put "
        "back.",
    ),
    "permissions": ("permissions", "Give directories and files the owners and modes they need."),
}
"""Each command with the API's verb."""


@click.group()
@click.argument("domain")
@click.pass_context
def run(context: click.Context, domain: str) -> None:
    """Do something inside a site."""
    context.obj = domain


def _everyday(name: str, verb: str, text: str) -> click.Command:
    @click.command(name, help=text)
    @asking
    def command(ask: Ask) -> None:
        ask.site(_domain(), verb)

    return command


for name, (verb, text) in EVERYDAY.items():
    run.add_command(_everyday(name, verb, text))


@run.command("drush")
@click.argument("arguments", nargs=-1, required=True, type=click.UNPROCESSED, metavar="-- COMMAND…")
@asking
def drush(ask: Ask, arguments: tuple[str, ...]) -> None:
    """Run a Drush command and print what it says.

    The platform must have Drush. What follows «--» is Drush's: aegir site run DOMAIN drush -- status
    """
    ask.output(client.path("sites", _domain(), "drush"), arguments=[*arguments])


def _domain() -> str:
    """What the group was told."""
    return str(click.get_current_context().obj)
