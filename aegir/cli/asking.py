"""What every command that asks for an operation does with its task: options, waiting, dry runs, consent."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import click

from aegir.cli import client, follow, results
from aegir.cli.output import Json, clean, coloured, show_json


@dataclass(frozen=True)
class Ask:
    """How the person wants an operation to be asked for."""

    wait: bool
    dry_run: bool
    as_json: bool

    def site(self, domain: str, verb: str, **arguments: Any) -> None:
        """Ask for what is in the API's table of verbs."""
        self.post(client.path("sites", domain, verb), **arguments)

    def post(self, url: str, **body: Any) -> None:
        """Ask by POST, and do with the task as the person wants."""
        self._settle(client.post(url, **body, dry_run=self.dry_run or None))

    def delete(self, url: str, **query: Any) -> None:
        """Ask by DELETE, the same way."""
        self._settle(client.delete(url, **query, dry_run=self.dry_run or None))

    def output(self, url: str, **body: Any) -> None:
        """Ask by POST for something whose output is what the person wants: wait for it, print only that."""
        if self.dry_run:
            return self.post(url, **body)
        task = follow.follow(client.post(url, **body)["id"], quiet=True)
        good = task["state"] in follow.GOOD
        if good and not self.as_json:
            return results.show(task)
        if not good:
            for line in follow.lines_of(task["id"]):
                click.echo(clean(line["text"]), err=True)
        return follow.end(task, as_json=self.as_json)

    def _settle(self, task: Json) -> None:
        if self.dry_run:
            show_outlook(follow.follow(task["id"], quiet=True), as_json=self.as_json)
        else:
            follow.settle(task, wait=self.wait, as_json=self.as_json)


def asking(command: Callable[..., None]) -> Callable[..., None]:
    """Declare ``--wait``, ``--dry-run`` and ``--json``; the command gets an ``Ask`` as its first argument."""

    @follow.wait_option
    @click.option("--dry-run", is_flag=True, help="Change nothing: print the steps with what each found.")
    @click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
    @functools.wraps(command)
    def asked(wait: bool, dry_run: bool, as_json: bool, **arguments: Any) -> None:
        command(Ask(wait, dry_run, as_json), **arguments)

    return asked


def yes_option(command: Callable[..., None]) -> Callable[..., None]:
    """Declare ``--yes``."""
    return click.option("--yes", is_flag=True, help="Do not ask whether I am sure.")(command)


def confirm(question: str, *, yes: bool, tell: Callable[[], None] = lambda: None) -> None:
    """Go on only if the person agrees; where nobody can be asked, only with ``--yes``.

    ``tell`` says what is to be known before.
    """
    if not yes and not sys.stdin.isatty():
        raise client.Refused(f"{question} Say so with --yes: there is no terminal to ask on.")
    tell()
    if not yes and not click.confirm(question, err=True):
        raise client.Refused("Nothing was done.")


def show_outlook(task: Json, *, as_json: bool) -> None:
    """The end of a dry run: each step with what it found."""
    found = _found(task["id"])
    if as_json:
        steps = [{**step, "found": found.get(step["position"], "")} for step in task["steps"]]
        show_json({**task, "steps": steps})
    if failure := follow.FAILURES.get(task["state"]):
        raise failure(f"This would be refused or fail: {clean(task['error'])}")
    if as_json:
        return
    click.echo(f"This would be done ({follow.name_of(task)}); nothing was changed:")
    for step in task["steps"]:
        state = "kept" if step["state"] == "kept" else "would"
        click.echo(f"{coloured(state, 7)} {clean(step['summary'])}")
        click.echo(f"        {clean(found.get(step['position'], ''))}")


def _found(number: int) -> dict[int, str]:
    """What the log says of each step, by its position."""
    texts: dict[int, list[str]] = {}
    for line in follow.lines_of(number):
        if line["step"] is not None:
            texts.setdefault(line["step"], []).append(str(line["text"]))
    return {position: " ".join(said) for position, said in texts.items()}
