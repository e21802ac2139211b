"""``aegir task``: what was asked for, and how it went."""

from __future__ import annotations

import click

from aegir.cli import client
from aegir.cli.follow import end, follow, lines_of, name_of, settle, show_line, wait_option
from aegir.cli.output import clean, coloured, json_option, record, show_json, table, when


@click.group()
def task() -> None:
    """Runs of operations, with their steps and logs."""


@task.command("list")
@click.option("--limit", default=50, type=click.IntRange(1, 1000), show_default=True, help="How many.")
@json_option
def list_tasks(limit: int, as_json: bool) -> None:
    """List the newest tasks, newest first."""
    answer = client.get("/api/tasks", limit=limit)
    if as_json:
        return show_json(answer)
    rows = [
        (t["id"], t["state"], name_of(t), t["asked_by"], when(t["asked_at"]), when(t["ended_at"]))
        for t in answer["items"]
    ]
    return table(["TASK", "STATE", "WHAT", "BY", "ASKED", "ENDED"], rows, "No tasks yet.")


@task.command("show")
@click.argument("number", type=int)
@json_option
def show_task(number: int, as_json: bool) -> None:
    """Show a task and its steps."""
    answer = client.get(client.path("tasks", number))
    if as_json:
        return show_json(answer)
    own = {"task": str(answer["id"]), "what": name_of(answer), "state": answer["state"]}
    times = {name: when(answer[f"{name}_at"]) for name in ("asked", "started", "ended")}
    ends = {"error": answer["error"], "remedy": answer["remedy"]}
    record({**own, "by": answer["asked_by"], **times, **ends})
    for step in answer["steps"]:
        click.echo(f"  {coloured(step['state'], 7)} {clean(step['summary'])}")
    return None


@task.command("log")
@click.argument("number", type=int)
@click.option(
    "--follow", "following", is_flag=True, help="Go on until the task is over, and exit as it ended."
)
@json_option
def log(number: int, following: bool, as_json: bool) -> None:
    """Show a task's log."""
    if following:
        return end(follow(number, quiet=as_json), as_json=as_json)
    lines = lines_of(number)
    if as_json:
        return show_json({"lines": lines})
    for line in lines:
        show_line(line)
    return None


@task.command("cancel")
@click.argument("number", type=int)
@wait_option
@json_option
def cancel(number: int, wait: bool, as_json: bool) -> None:
    """Cancel a task: what it changed is undone."""
    answer = client.post(client.path("tasks", number, "cancel"))
    if wait:
        answer = follow(number, quiet=as_json)
    if as_json:
        return show_json(answer)
    return click.echo(f"Task {number} ({name_of(answer)}) is {answer['state']}{_ending(answer)}.")


@task.command("retry")
@click.argument("number", type=int)
@wait_option
@json_option
def retry(number: int, wait: bool, as_json: bool) -> None:
    """Ask again with the same arguments; a stuck task is resumed."""
    settle(client.post(client.path("tasks", number, "retry")), wait=wait, as_json=as_json)


def _ending(answer: dict[str, object]) -> str:
    return "" if answer["over"] else ", and will be stopped and undone"
