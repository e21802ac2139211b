"""Lists: which rows are wanted, and in which order. Each noun says in one table what it can be asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from django.db.models import Model, Q, QuerySet
from ninja import Field, Schema

from aegir.errors import Refused
from aegir.models import names

Row = TypeVar("Row", bound=Model)


class Wanted(Schema):
    """What every list may be asked."""

    q: str = Field("", max_length=200, description="text that is searched for")
    sort: str = Field("", max_length=60, description="a field to sort by, «-» before it for descending")

    @property
    def everything(self) -> bool:
        """Whether all rows are wanted, in their usual order."""
        return not self.model_dump(exclude_defaults=True)


@dataclass(frozen=True)
class Listing:
    """One list."""

    sorts: Mapping[str, str]
    """Name → fields of the row, with spaces between; the first is the usual order."""
    search: tuple[str | Callable[[str], Q], ...] = ()
    """Fields that ``q`` is looked for in, or what makes a condition of it: a field that joins many rows would
    have one listed many times."""
    filters: Mapping[str, str] = field(default_factory=dict)
    """Name → field of the row that must be equal."""
    falling: bool = False
    """Whether the usual order is the other way round."""

    def of(self, rows: QuerySet[Row], wanted: Wanted) -> QuerySet[Row]:
        """The rows that are wanted, in order; a filter that is not given narrows nothing, "" means none."""
        for name, column in self.filters.items():
            value = getattr(wanted, name)
            if value is not None:
                rows = rows.filter(**{f"{column}__isnull": True} if value == "" else {column: value})
        if wanted.q:
            found = Q(pk__in=[])
            for each in self.search:
                found |= Q(**{f"{each}__icontains": wanted.q}) if isinstance(each, str) else each(wanted.q)
            rows = rows.filter(found)
        return rows.order_by(*self._order(wanted.sort))

    def _order(self, sort: str) -> list[str]:
        first = next(iter(self.sorts))
        name, falling = (sort.removeprefix("-"), sort.startswith("-")) if sort else (first, self.falling)
        if name not in self.sorts:
            raise Refused(
                f"This list cannot be sorted by «{names.shown(name)}»: choose from {', '.join(self.sorts)}.",
                field="sort",
            )
        sign = "-" if falling else ""
        return [f"{sign}{column}" for column in (*self.sorts[name].split(), "pk")]
