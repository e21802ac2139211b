"""The registry as a file: for other programs, and for tables. Read piece by piece, however much it is."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any, Literal

from asgiref.sync import sync_to_async
from django.db.models import QuerySet

from aegir.models import cells
from aegir.models.package import Package

Format = Literal["csv", "json"]
KINDS: dict[str, str] = {"csv": "text/csv; charset=utf-8", "json": "application/json"}
"""Format → the type of the file."""
BATCH = 1000
COLUMNS = {
    "kind": "kind",
    "name": "name",
    "title": "title",
    "version": "version",
    "platform": "platform__name",
    "site": "site__domain",
    "enabled": "enabled",
    "schema_in_code": "schema",
    "schema_installed": "schema_installed",
    "hidden": "hidden",
    "path": "path",
}
"""What a column is called, as in the API → where it comes from."""


async def written(rows: QuerySet[Package], wanted: Format) -> AsyncIterator[str]:
    """All of them, those of one site or platform together, so that neither memory nor a thread is held by
    whoever reads slowly."""
    yield cells.line(COLUMNS) if wanted == "csv" else "["
    text, after, between = _csv if wanted == "csv" else _json, 0, "\n"
    while True:
        found = await sync_to_async(_part)(rows, after)
        for _, *values in found:
            yield text(values, between)
            between = ",\n"
        if len(found) < BATCH:
            break
        after = found[-1][0]
    if wanted == "json":
        yield "\n]\n"


def _part(rows: QuerySet[Package], after: int) -> list[tuple[Any, ...]]:
    return list(rows.filter(pk__gt=after).order_by("pk").values_list("pk", *COLUMNS.values())[:BATCH])


def _csv(values: list[Any], between: str) -> str:
    return cells.line(values)


def _json(values: list[Any], between: str) -> str:
    return between + json.dumps(dict(zip(COLUMNS, values, strict=True)), ensure_ascii=False)
