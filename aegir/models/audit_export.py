"""The audit as a file: for other programs, for a table, and for whoever wants to verify it elsewhere."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db.models import QuerySet

from aegir.models.audit import SAID, AuditEntry

COLUMNS = ("id", *SAID, "previous", "digest")
"""What a line is made from: ``AuditEntry.objects.order_by("pk").values(*COLUMNS)``."""
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "|", "＝", "＋", "－", "＠")
"""How a cell begins that a program for tables might take for something to carry out."""


def json_lines(entries: QuerySet[AuditEntry]) -> Iterator[str]:
    """All of them as JSON lines, oldest first."""
    return map(json_line, _rows(entries))


def csv_lines(entries: QuerySet[AuditEntry]) -> Iterator[str]:
    """All of them as a table with its heading, oldest first."""
    yield csv_heading()
    yield from map(csv_line, _rows(entries))


def json_line(row: Mapping[str, Any]) -> str:
    """A row as one line of JSON, with everything that its digest covers."""
    return json.dumps({**row, "at": row["at"].isoformat()}, ensure_ascii=False) + "\n"


def csv_line(row: Mapping[str, Any]) -> str:
    """A row as one line of a table, as RFC 4180 has it. What could pass for a formula begins with an
    apostrophe, so verify from the JSON lines."""
    details = json.dumps(row["details"], ensure_ascii=False)
    return _line({**row, "at": row["at"].isoformat(), "details": details}.values())


def csv_heading() -> str:
    """The table's first line."""
    return _line(COLUMNS)


def _rows(entries: QuerySet[AuditEntry]) -> Iterator[dict[str, Any]]:
    yield from entries.order_by("pk").values(*COLUMNS).iterator(chunk_size=2000)


def _line(cells: Iterable[Any]) -> str:
    text = io.StringIO()
    csv.writer(text).writerow([_harmless(cell) for cell in cells])
    return text.getvalue()


def _harmless(cell: Any) -> Any:
    """The cell as mere text; numbers are none of the asker's making."""
    if isinstance(cell, str) and cell.lstrip(" ").startswith(FORMULA):
        return f"'{cell}"
    return cell
