"""Lines of tables that people open in other programs, and that are theirs to open without danger."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from typing import Any

FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "＝", "＋", "－", "＠")
"""How a cell begins that a program for tables might take for something to carry out."""


def line(cells: Iterable[Any]) -> str:
    """A row as RFC 4180 has it. What could pass for a formula begins with an apostrophe."""
    text = io.StringIO()
    csv.writer(text).writerow([_harmless(cell) for cell in cells])
    return text.getvalue()


def _harmless(cell: Any) -> Any:
    """The cell as mere text; numbers are none of the asker's making."""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA):
        return f"'{cell}"
    return cell
