"""One platform beside another: what any site would gain, lose and meet in another version."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from aegir.models.comparison import in_order, profile_of, rank
from aegir.models.package import Package
from aegir.models.platform import Platform
from aegir.models.versions import order

Change = Literal["same", "upgrade", "downgrade", "only_here", "only_there"]
CHANGES: dict[Change, str] = {
    "only_here": "only on {here}",
    "downgrade": "older on {there}",
    "upgrade": "newer on {there}",
    "only_there": "only on {there}",
    "same": "the same",
}
"""In the order in which they matter to who wants to go there, in words for both names."""


@dataclass(frozen=True)
class Row:
    """One package of either platform, or of both."""

    kind: str
    name: str
    title: str
    profile: str
    """In which it lies, for the sites of which alone it is there; "" for all."""
    here: str | None
    """Its version; None where it is not."""
    there: str | None
    schema_here: int | None
    schema_there: int | None
    change: Change


def compare(here: Platform, there: Platform) -> list[Row]:
    """All packages but hidden ones, which no site ever uses: what differs first."""
    ours, theirs = _held(here), _held(there)
    rows = [_row(key[2], ours.get(key), theirs.get(key)) for key in {**ours, **theirs}]
    changes = list(CHANGES)
    return sorted(rows, key=lambda row: (changes.index(row.change), rank(row.kind), row.name, row.profile))


def _held(platform: Platform) -> dict[tuple[str, str, str], Package]:
    seen = (each for each in in_order(platform) if not each.hidden)
    return {(each.kind, each.name, profile_of(each)): each for each in seen}


def _row(profile: str, ours: Package | None, theirs: Package | None) -> Row:
    known = theirs or ours
    assert known is not None
    return Row(
        kind=known.kind,
        name=known.name,
        title=known.title or known.name,
        profile=profile,
        here=None if ours is None else ours.version,
        there=None if theirs is None else theirs.version,
        schema_here=None if ours is None else ours.schema,
        schema_there=None if theirs is None else theirs.schema,
        change=_change(ours, theirs),
    )


def _change(ours: Package | None, theirs: Package | None) -> Change:
    """By version; where that is one, or none is said, by the updates that the code holds."""
    if theirs is None:
        return "only_here"
    if ours is None:
        return "only_there"
    old, new = ((order(each.version), each.schema or 0) for each in (ours, theirs))
    return "same" if old == new else "upgrade" if old < new else "downgrade"
