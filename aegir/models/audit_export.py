"""The audit as a file: for other programs, for a table, and for whoever wants to verify it elsewhere."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.db.models import QuerySet

from aegir.models import cells
from aegir.models.audit import SAID, AuditEntry

COLUMNS = ("id", *SAID, "previous", "digest")
"""What a line is made from: ``AuditEntry.objects.order_by("pk").values(*COLUMNS)``."""


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
    return cells.line({**row, "at": row["at"].isoformat(), "details": details}.values())


def csv_heading() -> str:
    """The table's first line."""
    return cells.line(COLUMNS)


def _rows(entries: QuerySet[AuditEntry]) -> Iterator[dict[str, Any]]:
    yield from entries.order_by("pk").values(*COLUMNS).iterator(chunk_size=2000)
