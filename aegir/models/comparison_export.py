"""Comparisons as files: for tables, and for other programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, fields

from aegir.models import cells, comparison, platform_comparison
from aegir.models.package_export import Format

Row = comparison.Row | platform_comparison.Row


def whole(rows: Sequence[Row], kind: type[Row], wanted: Format) -> str:
    """All of them; ``kind`` says the columns, also where there is no row."""
    told = [asdict(row) for row in rows]
    if wanted == "json":
        return json.dumps(told, ensure_ascii=False, indent=1) + "\n"
    heading = cells.line(field.name for field in fields(kind))
    return heading + "".join(cells.line(row.values()) for row in told)
