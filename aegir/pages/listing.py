"""Lists: searched, filtered, sorted and paged by the address alone, so that each can be kept and sent on.

A page names its columns and filters; ``shown`` makes of them and of ``?q=…&state=…&sort=-name&page=2`` what
``parts/listing.html`` draws. Whatever the address says, wrong values only fall back to the default.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property
from django.utils.safestring import SafeString, mark_safe

ROWS = 50
"""How many rows a page shows."""
LONGEST = 200


@dataclass(frozen=True)
class Column:
    """A column of a list."""

    title: str
    order: tuple[str, ...] = ()
    """Fields that sorting by it goes by; none where it makes no sense."""
    wide: bool = False
    """Left out on narrow screens."""

    @property
    def key(self) -> str:
        """What stands for it in the address."""
        return self.title.lower().replace(" ", "-")


@dataclass(frozen=True)
class Filter:
    """A choice that narrows the list."""

    name: str
    """In the address."""
    title: str
    field: str | Callable[[str], Q]
    """Lookup on the rows, or what makes one of the value."""
    choices: Sequence[tuple[str, str]] = ()
    """Value and words."""
    default: str = ""
    """As long as the address says nothing; "" for all."""
    typed: str = ""
    """The type of the input (date, search) into which it is typed, where it is not chosen; the choices are
    suggestions then."""


@dataclass(frozen=True)
class Head:
    """A column's head, as drawn."""

    title: str
    wide: bool
    address: str
    """Sorts by it, or the other way round; "" where it cannot be sorted by."""
    direction: str
    """ascending, descending or ""."""


@dataclass(frozen=True)
class Choice:
    """A filter, as drawn."""

    filter: Filter
    value: str

    @property
    def options(self) -> SafeString:
        """What can be chosen. Of a thousand clients, a template's loop would take longer than all else."""
        return mark_safe("".join(map(self._option, self.filter.choices)))

    def _option(self, choice: tuple[str, str]) -> str:
        value, words = choice
        chosen = " selected" if value == self.value else ""
        return f'<option value="{escape(value)}"{chosen}>{escape(words)}</option>'


@dataclass(frozen=True)
class Listing:
    """A list, as drawn."""

    page: Page[Any]
    total: str
    """How many rows there are, in words."""
    heads: list[Head]
    choices: list[Choice]
    q: str
    searchable: str
    """What the search looks at, in words."""
    narrowed: bool
    """Whether search or filters hide something."""
    sort: str
    keep: str
    """What the address says beside the page, ready to be followed by it."""


def shown(
    request: HttpRequest,
    rows: QuerySet[Any, Any],
    columns: Sequence[Column],
    *,
    search: Iterable[str | Callable[[str], Q]] = (),
    searchable: str = "",
    filters: Sequence[Filter] = (),
    default: str,
    counted: int | None = None,
    parts: Sequence[QuerySet[Any, Any]] = (),
) -> Listing:
    """The part of ``rows`` that the address asks for. ``default`` is the key of a column, perhaps with ``-``.
    What a search looks at is a field, or what makes a condition of the words: for fields of which a row has
    many, as those would have it listed many times.

    Costs two queries: the count, which goes no further than ``counted`` as long as no page beyond is asked
    for, and the page; only one where a page takes all rows, and one more where the order is by what is
    joined. ``parts`` are the same rows in parts that have nothing in common, where those are counted more
    quickly, each by a query of its own.
    """
    q = _said(request, "q") if searchable else ""
    choices = [_choice(request, each) for each in filters]
    wanted = [_any(search, q)] if q else []
    wanted += [_narrowed(each.filter.field, each.value) for each in choices if each.value]
    for condition in wanted:
        rows, parts = rows.filter(condition), [part.filter(condition) for part in parts]
    sort, order = _order(request.GET.get("sort", ""), columns, default)
    said = {each.filter.name: each.value for each in choices if each.value != each.filter.default}
    said = {"q": q, **said} if q else said
    asked = request.GET.get("page", "")
    pages = Pages(rows.order_by(*order, "pk"), ROWS)
    pages.counted = counted if counted and not _beyond(asked, counted) else None
    pages.parts, pages.first = parts, asked in ("", "1")
    page = pages.get_page(asked)
    sorting = {"sort": sort} if sort != default else {}
    return Listing(
        page=page,
        total=f"more than {counted}" if pages.more else str(pages.count),
        heads=[_head(column, sort, said) for column in columns],
        choices=choices,
        q=q,
        searchable=searchable,
        narrowed=bool(said),
        sort=sort if sort != default else "",
        keep="".join(f"{urlencode({name: value})}&" for name, value in {**said, **sorting}.items()),
    )


class Pages(Paginator):  # type: ignore[type-arg]
    """Pages of rows that are perhaps not counted to the end.

    The first page is looked for before anything is counted: where it takes all rows, a search that must read
    everything does so once. What lies in the latter half is looked for from the end.
    """

    counted: int | None = None
    parts: Sequence[QuerySet[Any, Any]] = ()
    first: bool = False
    """Whether the first page is asked for."""

    @cached_property
    def count(self) -> int:
        if self.first and len(self._first) <= self.per_page:
            return len(self._first)
        found = 0
        for rows in self.parts or [self._rows]:
            if self.counted is None:
                found += rows.count()
            elif found <= self.counted:
                found += rows.order_by()[: self.counted + 1 - found].count()
        return found

    @property
    def more(self) -> bool:
        """Whether there are more than were counted."""
        return self.counted is not None and self.count > self.counted

    def page(self, number: int | str) -> Page[Any]:
        """The rows of that page."""
        valid = self.validate_number(number)
        begin = (valid - 1) * self.per_page
        end = min(begin + self.per_page, self.count)
        if valid == 1:
            return Page(self._first[: self.per_page], 1, self)
        if self.more or begin < self.count // 2:
            return Page(_read(self._rows, begin, end), valid, self)
        rows = _read(self._rows.reverse(), self.count - end, self.count - begin)
        return Page(rows[::-1], valid, self)

    @property
    def _rows(self) -> QuerySet[Any, Any]:
        return self.object_list  # type: ignore[return-value]

    @cached_property
    def _first(self) -> list[Any]:
        """The first page, with one row more to tell whether it is all."""
        return _read(self._rows, 0, self.per_page + 1)


def _read(rows: QuerySet[Any, Any], begin: int, end: int) -> list[Any]:
    """Some of them, in order. Where the order goes by what is joined all must be sorted: then it is their
    numbers that are sorted, and only those that are wanted are read whole."""
    if not any("__" in field for field in rows.query.order_by if isinstance(field, str)):
        return list(rows[begin:end])
    numbers = list(rows.values_list("pk", flat=True)[begin:end])
    found = {row.pk: row for row in rows.order_by().filter(pk__in=numbers)}
    return [found[number] for number in numbers if number in found]


def _beyond(page: str, counted: int) -> bool:
    return page.isascii() and page.isdigit() and (len(page) > 9 or int(page) * ROWS > counted)


def _said(request: HttpRequest, name: str) -> str:
    """What the address says, without what no database could hold."""
    return request.GET.get(name, "").replace("\0", "").strip()[:LONGEST]


def _any(fields: Iterable[str | Callable[[str], Q]], q: str) -> Q:
    found = Q(pk__in=[])
    for field in fields:
        found |= Q(**{f"{field}__icontains": q}) if isinstance(field, str) else field(q)
    return found


def _choice(request: HttpRequest, wanted: Filter) -> Choice:
    if wanted.typed:
        return Choice(wanted, _said(request, wanted.name))
    value = request.GET.get(wanted.name, wanted.default)
    return Choice(wanted, value if value in ("", *dict(wanted.choices)) else wanted.default)


def _narrowed(field: str | Callable[[str], Q], value: str) -> Q:
    return Q(**{field: value}) if isinstance(field, str) else field(value)


def _order(sort: str, columns: Sequence[Column], default: str) -> tuple[str, list[str]]:
    fields = {column.key: column.order for column in columns if column.order}
    if sort.removeprefix("-") not in fields:
        sort = default
    down = sort.startswith("-")
    order = fields[sort.removeprefix("-")]
    return sort, [_turned(field) if down else field for field in order]


def _turned(field: str) -> str:
    return field[1:] if field.startswith("-") else f"-{field}"


def _head(column: Column, sort: str, said: dict[str, str]) -> Head:
    if not column.order:
        return Head(column.title, column.wide, "", "")
    by = sort.removeprefix("-") == column.key
    direction = ("descending" if sort.startswith("-") else "ascending") if by else ""
    turned = f"-{column.key}" if direction == "ascending" else column.key
    return Head(column.title, column.wide, f"?{urlencode({**said, 'sort': turned})}", direction)


def choices(model: type[Model], field: str) -> list[tuple[str, str]]:
    """A field's own choices, for a filter."""
    return [
        (str(value), str(words))
        for value, words in getattr(model._meta.get_field(field), "choices", None) or []
    ]
