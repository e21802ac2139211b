"""The command line: ``aegir NOUN VERB``. A client of the API, but for ``up``, ``worker`` and ``admin``."""

from __future__ import annotations

import importlib

import click

COMMANDS = {
    "server": "server:server",
    "platform": "platform:platform",
    "fleet": "fleets:fleet",
    "credential": "credential:credential",
    "site": "site:site",
    "backup": "backup:backup",
    "cron": "cron:cron",
    "client": "clients:client",
    "user": "user:user",
    "token": "token:token",
    "subscription": "subscription:subscription",
    "package": "package:package",
    "advisory": "advisory:advisory",
    "task": "task:task",
    "queue": "queue:queue",
    "setting": "setting:setting",
    "feature": "feature:feature",
    "audit": "audit:audit",
    "panel": "panel:panel",
    "up": "embedded:up",
    "down": "embedded:down",
    "status": "embedded:status",
    "admin": "admin:admin",
    "completion": "completion:completion",
}
"""Each noun's module is imported only when it is asked for: a command starts in a tenth of a second."""


class Nouns(click.Group):
    """The top level, with its nouns loaded on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(importlib.import_module(f"aegir.cli.{module}"), name)
        return command


@click.group(cls=Nouns, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="aegir", prog_name="aegir")
def main() -> None:
    """Host Drupal sites: every operation is a list of steps that can each be undone."""
