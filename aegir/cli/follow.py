"""Watches a task until it is over, and turns its end into an exit code."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import click

from aegir.cli import client, results
from aegir.cli.output import Command, Json, clean, coloured, on_terminal, show_json

SHORTEST, LONGEST = 0.03, 0.2
"""Seconds between two looks: most tasks are over soon, and somebody waits."""
GRACE = 15.0
"""Seconds that the panel may be away while a task is watched."""

GOOD = ("succeeded", "warned")
FAILURES: dict[str, type[client.Failure]] = {
    "failed": client.Failure,
    "cancelled": client.Failure,
    "stuck": client.Stuck,
}


class Interrupted(client.Failure):
    """The person stopped watching; the task did not stop."""

    exit_code = 130


def wait_option(command: Command) -> Command:
    """Declare ``--wait``."""
    option = click.option("--wait", is_flag=True, help="Show the task's progress and wait until it is over.")
    return option(command)


def settle(task: Json, *, wait: bool, as_json: bool) -> None:
    """What a command does with the task that it asked for: wait for its end, or say how to follow it."""
    if wait:
        if task["behind"] and not as_json:
            click.echo(f"Task {task['id']} ({name_of(task)}) is {task['state']}{_behind(task)}.")
        end(follow(task["id"], quiet=as_json), as_json=as_json)
    elif as_json:
        show_json(task)
    else:
        click.echo(f"Task {task['id']} ({name_of(task)}) is {task['state']}{_behind(task)}.")
        click.echo(f"Follow it: aegir task log {task['id']} --follow")


def end(task: Json, *, as_json: bool) -> None:
    """Report a task that is over, and exit as it ended."""
    if as_json:
        show_json(task)
    sentence = outcome(task)
    if failure := FAILURES.get(task["state"]):
        raise failure(sentence)
    if not as_json:
        click.echo(sentence)
        results.show(task)
    if task["result"].get("good") is False:  # a question was answered, and the answer is no
        sys.exit(1)


def outcome(task: Json) -> str:
    """How a task ended, in a sentence or two."""
    about = f"Task {task['id']} ({name_of(task)})"
    error, remedy = clean(task["error"]), clean(task["remedy"])
    match task["state"]:
        case "succeeded":
            return f"{about} succeeded."
        case "warned":
            return f"{about} succeeded with warnings: see aegir task log {task['id']}"
        case "cancelled":
            return f"{about} was cancelled."
        case "stuck":
            return " ".join(filter(None, [f"{about} is stuck: {error}", remedy]))
    return f"{about} failed and was undone: {error}"


def name_of(task: Json) -> str:
    return clean(f"{task['operation'].replace('_', ' ')} {task['subject']['name']}")


def _behind(task: Json) -> str:
    """What a queued task waits for, as the end of a sentence."""
    ahead = [f"task {other['id']} ({name_of(other)})" for other in task["behind"]]
    return f" behind {', '.join(ahead)}" if ahead else ""


def lines_of(number: int) -> list[Json]:
    """The whole log of a task, as it is now."""
    lines: list[Json] = []
    url = client.path("tasks", number, "lines")
    while more := client.get(url, after=lines[-1]["id"] if lines else 0)["lines"]:
        lines += more
    return lines


def follow(number: int, *, quiet: bool = False) -> Json:
    """Show the task's steps and lines as they come; the task once it is over."""
    try:
        if quiet:
            return _watch(number, lambda line: None, lambda task: None)
        if on_terminal():
            return _with_bar(number)
        plain = Plain()
        return _watch(number, plain.line, plain.task)
    except KeyboardInterrupt:
        sentence = f"Task {number} goes on. Follow it: aegir task log {number} --follow"
        raise Interrupted(sentence) from None


def show_line(line: Json) -> None:
    """One line of a log, as people read it."""
    level = line["level"]
    mark = f"{coloured(level)}: " if level in ("warning", "error") else ""
    click.echo(f"    {mark}{clean(line['text'])}")


class Plain:
    """For pipes and files: every step that changed is a line."""

    def __init__(self) -> None:
        self._seen: dict[int, str] = {}

    def line(self, line: Json) -> None:
        show_line(line)

    def task(self, task: Json) -> None:
        for step in task["steps"]:
            state = step["state"]
            if state in ("waiting", self._seen.get(step["position"])):
                continue
            self._seen[step["position"]] = state
            if state not in ("doing", "undoing"):
                click.echo(f"{coloured(state, 7)} {clean(step['summary'])}")


def _watch(number: int, on_line: Callable[[Json], None], on_task: Callable[[Json], None]) -> Json:
    after, pause = 0, SHORTEST
    while True:
        answer = _patiently(client.path("tasks", number, "lines"), after=after)
        for line in answer["lines"]:
            on_line(line)
            after = line["id"]
        task = _patiently(client.path("tasks", number))
        on_task(task)
        if answer["over"]:
            return task
        if not answer["lines"]:
            time.sleep(pause)
            pause = min(pause * 1.3, LONGEST)


def _patiently(url: str, **query: int) -> Json:
    """What the API answers; a panel that is being restarted is waited for."""
    deadline = time.monotonic() + GRACE
    while True:
        try:
            answer: Json = client.get(url, **query)
            return answer
        except client.Away:
            if time.monotonic() > deadline:
                raise
        time.sleep(LONGEST)


def _with_bar(number: int) -> Json:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.text import Text

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeElapsedColumn(), transient=True) as progress:
        bar = progress.add_task("waiting for its turn", total=None)
        plain = Plain()

        def on_task(task: Json) -> None:
            steps = task["steps"]
            now = next((s for s in steps if s["state"] in ("doing", "undoing")), None)
            over = sum(s["state"] not in ("waiting", "doing") for s in steps)
            shown = Text(clean(now["summary"]) if now else task["state"]).plain
            progress.update(bar, total=len(steps) or None, completed=over, description=shown)
            plain.task(task)

        return _watch(number, plain.line, on_task)
