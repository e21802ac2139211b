"""What is done to many rows of a list at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

from django.contrib import messages
from django.http import HttpRequest

from aegir.access import heard
from aegir.errors import AegirError, Refused
from aegir.models import names
from aegir.pages import listing

Row = TypeVar("Row")


def wanted(request: HttpRequest, actions: Mapping[str, str], things: str) -> tuple[str, list[str]]:
    """The action that was chosen, and the rows; Refused where one of them is missing."""
    action = request.POST.get("action", "")
    if action not in actions:
        raise Refused(f"Choose what shall be done to the {things}.")
    rows = chosen(request)
    if not rows:
        raise Refused(f"Choose {things} first, by the boxes in front of them.")
    return action, rows


def chosen(request: HttpRequest) -> list[str]:
    """The rows that are ticked, or that the address of a page names."""
    return (request.POST if request.method == "POST" else request.GET).getlist("row")[: listing.ROWS]


def to_each(
    request: HttpRequest, operation: str, rows: Iterable[Row], act: Callable[[Row], str | None]
) -> int:
    """How many of ``rows`` it was done to. What is refused is told and written down, and the rest goes on.

    ``act(row)`` says what it changed at once, as the audit shall name it; None where it asked for a task.
    """
    done = 0
    for row in rows:
        try:
            changed = act(row)
        except AegirError as refusal:
            heard.refused_one(operation, names.shown(str(row), 253), str(refusal))
            messages.warning(request, str(refusal))
            continue
        done += 1
        if changed is not None:
            heard.done_one(operation, changed)
    return done


def number(row: str) -> int:
    """A row's number; 0, which nothing has, where it is none."""
    return int(row) if row.isascii() and row.isdigit() and len(row) < 19 else 0
