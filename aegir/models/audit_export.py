"""The audit as a file: for other programs, for a table, and for whoever wants to verify it elsewhere."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet

from aegir.models.audit import SAID, AuditEntry

COLUMNS = ("id", *SAID, "previous", "digest")
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "＝", "＋", "－", "＠")
"""How a cell begins that a program for tables might take for something to carry out."""


def json_lines(entries: QuerySet[AuditEntry]) -> Iterator[str]:
    """One JSON object a line, oldest first, with everything that the digests cover."""
    for row in _rows(entries):
        said = dict(zip(COLUMNS, row, strict=True))
        yield json.dumps({**said, "at": said["at"].isoformat()}, ensure_ascii=False) + "\n"


def csv_lines(entries: QuerySet[AuditEntry]) -> Iterator[str]:
    """A heading and one line a row, oldest first, as RFC 4180 has it. What could pass for a formula begins
    with an apostrophe, so verify from the JSON lines."""
    yield _line(COLUMNS)
    for row in _rows(entries):
        said = dict(zip(COLUMNS, row, strict=True))
        details = json.dumps(said["details"], ensure_ascii=False) if said["details"] else ""
        yield _line({**said, "at": said["at"].isoformat(), "details": details}.values())


def _rows(entries: QuerySet[AuditEntry]) -> Iterator[tuple[Any, ...]]:
    return entries.order_by("pk").values_list(*COLUMNS).iterator(chunk_size=2000)


def _line(cells: Any) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([_harmless(cell) for cell in cells])
    return buffer.getvalue()


def _harmless(cell: Any) -> Any:
    """The cell as mere text; numbers are none of the asker's making."""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA):
        return f"'{cell}"
    return cell
