"""``aegir queue``: where tasks wait."""

from __future__ import annotations

from typing import Any

import click

from aegir.cli import client
from aegir.cli.output import json_option, record, show_json


@click.group()
def queue() -> None:
    """Where tasks wait for their turn."""


@queue.command("show")
@click.argument("name", default="main")
@json_option
def show_queue(name: str, as_json: bool) -> None:
    """Show how much waits and runs, and whether the queue is paused."""
    _show(client.get(client.path("queues", name)), as_json)


@queue.command("pause")
@click.argument("name", default="main")
@json_option
def pause_queue(name: str, as_json: bool) -> None:
    """Start no further task; running ones go on."""
    _show(client.post(client.path("queues", name, "pause")), as_json)


@queue.command("resume")
@click.argument("name", default="main")
@json_option
def resume_queue(name: str, as_json: bool) -> None:
    """Start tasks again."""
    _show(client.post(client.path("queues", name, "resume")), as_json)


def _show(answer: dict[str, Any], as_json: bool) -> None:
    if as_json:
        return show_json(answer)
    paused = f"paused by {answer['paused_by']}" if answer["paused"] else "running"
    counts = {"waiting tasks": str(answer["queued"]), "running tasks": str(answer["running"])}
    return record({"queue": answer["name"], "state": paused, **counts})
