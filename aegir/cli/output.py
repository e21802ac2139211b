"""How answers look: tables for people at a terminal, plain columns for pipes, JSON for programs."""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import click

TIME = "%Y-%m-%d %H:%M:%S"
Json = dict[str, Any]
Command = TypeVar("Command", bound=Callable[..., Any])

COLOURS = {
    "queued": "bright_black",
    "running": "bright_white",
    "succeeded": "green",
    "enabled": "green",
    "warned": "yellow",
    "stuck": "red",
    "failed": "red",
    "cancelled": "bright_black",
    "done": "green",
    "undone": "yellow",
    "kept": "bright_black",
    "would": "green",
    "warning": "yellow",
    "error": "red",
}
"""By state, as on the pages."""


def json_option(command: Command) -> Command:
    """Declare ``--json``."""
    option = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
    return option(command)


def on_terminal() -> bool:
    return sys.stdout.isatty()


def clean(value: Any) -> str:
    """Text that cannot steer a terminal: control characters are shown as «?»."""
    text = "" if value is None else str(value)
    return "".join("?" if unicodedata.category(letter) == "Cc" else letter for letter in text)


def coloured(state: str, width: int = 0) -> str:
    """A state in its colour; click drops the colour where the output is no terminal."""
    return click.style(clean(state).ljust(width), fg=COLOURS.get(state))


def when(moment: str | None) -> str:
    """A time of the API in local time, to the second."""
    if not moment:
        return ""
    return datetime.fromisoformat(moment).astimezone().strftime(TIME)


def size(number: int) -> str:
    """Bytes, as people read them."""
    amount, unit = float(number), "B"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 1000:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"


def show_json(answer: Any) -> None:
    import json

    click.echo(json.dumps(answer, indent=2, ensure_ascii=False))


def table(columns: Sequence[str], rows: Sequence[Sequence[Any]], empty: str) -> None:
    """A list; ``empty`` says what to do when there is nothing in it."""
    cells = [[clean(cell) for cell in row] for row in rows]
    if not cells:
        click.echo(empty)
    elif on_terminal():
        _rich_table(columns, cells)
    else:
        _plain_table(columns, cells)


def record(fields: Mapping[str, Any]) -> None:
    """One thing: a line a field, empty ones left out."""
    width = max(len(name) for name in fields)
    for name, value in fields.items():
        if value not in (None, "", []):
            shown = ", ".join(map(clean, value)) if isinstance(value, list) else clean(value)
            click.echo(f"{name.ljust(width)}  {click.style(shown, fg=COLOURS.get(shown))}")


def _plain_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    widths = [max(map(len, column)) for column in zip(columns, *rows, strict=True)]
    for row in [columns, *rows]:
        line = "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        click.echo(line.rstrip())


def _rich_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=SIMPLE_HEAD, header_style="bold", pad_edge=False)
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*(Text(cell, style=COLOURS.get(cell, "")) for cell in row))
    Console().print(shown)
