"""How a move of all sites of a platform goes: watched until it rests, and reported."""

from __future__ import annotations

import sys
import time

import click

from aegir.cli import client
from aegir.cli.follow import Interrupted
from aegir.cli.output import Json, clean, coloured, on_terminal, record, show_json, when

PAUSE = 0.5
"""Seconds between two looks."""
GRACE = 30.0
"""Seconds that the panel may be away while a fleet is watched."""
WIDTH = 30
RESTING = ("ready", "paused", "stopped", "cancelled", "done", "undone")
SHOWN = ("moved", "returned", "failed", "blocked", "away", "skipped", "moving", "returning", "rehearsing",
         "waiting", "comparing")  # fmt: skip
WORDS = {"blocked": "cannot be moved", "skipped": "left out", "returned": "gone back",
         "away": "could not go back", "returning": "going back", "comparing": "not compared yet"}  # fmt: skip


def settle(number: int, *, as_json: bool) -> None:
    """Watch until it rests: exit code 0 when all that could go is where it shall be, else 1."""
    try:
        answer = _watch(number, quiet=as_json)
    except KeyboardInterrupt:
        raise Interrupted(f"Move {number} goes on. Look at it: aegir fleet show {number}") from None
    if as_json:
        show_json(answer)
    else:
        report(answer)
    if answer["state"] == "ready" and answer["sites"]["waiting"] and not as_json:
        click.echo(f"Start it: aegir fleet start {number} --wait")
    if answer["state"] == "ready":
        sys.exit(0 if answer["sites"]["waiting"] else 1)
    wrong = answer["sites"]["away"] if answer["state"] == "undone" else answer["sites"]["failed"]
    if answer["state"] not in ("done", "undone") or wrong:
        sys.exit(1)


def _watch(number: int, *, quiet: bool) -> Json:
    shown, live = "", on_terminal() and not quiet
    while True:
        answer = _patiently(client.path("fleets", number))
        line = f"{_bar(answer)} {_phase(answer)}: {counts(answer)}"
        if line != shown and not quiet:
            click.echo(f"\r\033[K{line}" if live else line, nl=not live)
            shown = line
        # A queued task may still be at work when the whole has stopped: its end belongs to the report.
        working = sum(answer["sites"][state] for state in ("rehearsing", "moving", "returning"))
        if answer["state"] in RESTING and not working:
            if live:
                click.echo()
            return answer
        time.sleep(PAUSE)


def _patiently(url: str) -> Json:
    """What the API answers, also when the panel comes back only after a while."""
    deadline = time.monotonic() + GRACE
    while True:
        try:
            answer: Json = client.get(url)
            return answer
        except client.Away:
            if time.monotonic() > deadline:
                raise
            time.sleep(PAUSE)


def _bar(answer: Json) -> str:
    sites, total = answer["sites"], sum(answer["sites"].values())
    settled = sum(sites[state] for state in ("moved", "returned", "failed", "blocked", "skipped", "away"))
    if answer["state"] in ("undoing", "undone"):
        settled -= sites["moved"]
    full = WIDTH * settled // max(total, 1)
    return f"[{'#' * full}{'.' * (WIDTH - full)}]"


def _phase(answer: Json) -> str:
    if answer["state"] == "moving":
        return f"wave {answer['number']} of {answer['waves']}"
    return {"canary": "the first", "undoing": "going back", "undone": "gone back"}.get(
        answer["state"], str(answer["state"])
    )


def counts(answer: Json) -> str:
    """How many sites are in which state, in words."""
    found = [(state, answer["sites"][state]) for state in SHOWN if answer["sites"][state]]
    return ", ".join(f"{count} {WORDS.get(state, state)}" for state, count in found) or "no sites"


def report(answer: Json) -> None:
    """What was asked, how far it is, what went wrong."""
    every = answer["rehearse"] >= sum(answer["sites"].values())
    record(
        {
            "move": str(answer["id"]),
            "from": answer["source"],
            "to": answer["target"],
            "state": answer["state"],
            "why": answer["reason"],
            "sites": counts(answer),
            "rehearse": "all" if every else str(answer["rehearse"]),
            "waves": f"{answer['canary']} first, then {answer['waves']} waves of up to {answer['wave']}, "
            f"{answer['width']} at once on each database server",
            "stops": f"when more than {answer['failures']} % of a wave fail",
            "asked by": answer["asked_by"],
            "started": when(answer["started_at"]),
            "ended": when(answer["ended_at"]),
        }
    )
    for group in answer["groups"]:
        task = f", task {group['task']}" if group["task"] else ""
        state = WORDS.get(group["state"], group["state"])
        click.echo(f"{coloured('failed')}: {group['count']} {state}: {clean(group['error'])}")
        click.echo(f"        ({clean(group['domain'])}{task})")
