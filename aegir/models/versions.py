"""The order of Drupal's version numbers, of which it has had several kinds."""

from __future__ import annotations

import re
from math import inf

Order = tuple[bool, int, tuple[float, ...], int, int, int, str]

_VERSION = re.compile(
    r"v?(?:(?P<api>\d{1,9})\.x-)?(?P<numbers>\d{1,18}(?:\.\d{1,18})*(?:\.x)?)"
    r"(?:-(?P<stage>[a-z]+)[.-]?(?P<count>\d{0,18}))?(?:\+(?P<ahead>\d{1,18})-dev|\+.*)?",
    re.ASCII | re.IGNORECASE,
)
_STAGES = {"dev": 0, "unstable": 1, "alpha": 2, "beta": 3, "rc": 4}
_RELEASED = 5
_SEMANTIC = 8
"""The last core that stood before a module's own number: what leaves it out came after ``8.x-``."""


def order(version: str) -> Order:
    """A key to sort versions by.

    ``7.x-3.2`` is older than ``8.x-1.0``, and ``8.x-3.2`` than ``4.0.0``, which no longer names a core. The
    head of a branch (``2.x-dev``) comes after all its releases; ``3.2+14-dev`` lies between ``3.2`` and
    ``3.3``. What is no version comes before all that are, "" first.
    """
    found = _VERSION.fullmatch(version.strip())
    if found is None:
        return (False, 0, (), 0, 0, 0, version.strip())
    stage = found["stage"]
    return (
        True,
        int(found["api"] or _SEMANTIC),
        _numbers(found["numbers"]),
        _STAGES.get(stage.lower(), 0) if stage else _RELEASED,
        int(found["count"] or 0),
        int(found["ahead"] or 0),
        "",
    )


def sortable(version: str) -> str:
    """The same order as digits alone, which every database sorts alike: a key to keep beside the version.

    «» for what is no version, as nobody knows what that is older than.
    """
    known, api, numbers, stage, count, ahead, _ = order(version)
    if not known:
        return ""
    parts = "".join(map(_digits, numbers))
    return f"{_digits(api)}{parts}{_END}{stage}{_digits(count)}{_digits(ahead)}"


_END, _LAST = "00", "99"
"""Before and after every number as ``_digits`` writes it."""


def _digits(number: float) -> str:
    """How many digits, and the digits: so the longer of two numbers is the greater."""
    text = str(number)
    return _LAST if number == inf else f"{len(text):02}{text}"


def _numbers(text: str) -> tuple[float, ...]:
    """Without closing noughts, so that 10.1 and 10.1.0 are one; ``x`` comes after every number."""
    numbers: list[float] = [inf if part.lower() == "x" else int(part) for part in text.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)
