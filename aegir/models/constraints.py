"""Whether a version falls under a Composer constraint, as in ``>=8.0,<10.1.8|^11.0.3``."""

from __future__ import annotations

import re
from functools import lru_cache

Key = tuple[int, int, int, int, int, int]
"""Four numbers, how far it had come, and which one of those."""
Bound = tuple[str, Key]
"""An operator and what it compares with."""

LONGEST = 2000
_STAGES = {"dev": 0, "alpha": 1, "a": 1, "beta": 2, "b": 2, "rc": 3, "": 4, "stable": 4,
           "pl": 5, "patch": 5, "p": 5}  # fmt: skip
_STABLE = _STAGES[""]
_NEVER: Bound = ("<", (0, 0, 0, 0, 0, 0))
"""What speaks of the other way to count: nothing falls under it."""
_HEAD = 9_999_999
"""What Composer counts a branch's ``x`` as."""
_VERSION = re.compile(
    r"v?(?:(?P<api>\d{1,2})\.x-(?=\d))?(?P<numbers>\d{1,9}(?:\.\d{1,9}){0,3})(?P<rest>(?:\.[x*])*)"
    r"(?:[-_.]?(?P<stage>dev|alpha|beta|rc|stable|patch|pl|a|b|p)[.-]?(?P<count>\d{0,9}))?"
    r"(?:\+[\w.-]*)?(?:@\w+)?",
    re.ASCII | re.IGNORECASE,
)
_PART = re.compile(r"(?P<operator>>=|<=|!=|<>|==|[<>=^~])?\s*(?P<version>[^\s,<>=!^~]+)")
_HYPHEN = re.compile(r"(?P<low>[^\s,|]+)\s+-\s+(?P<high>[^\s,|]+)")


SEVEN, SEMANTIC = 7, 8
"""The two ways in which Drupal.org counts: of what was made for Drupal 7, ``7.x-3.2`` being 3.2.0, and of all
that came later. The same number means other code in the other."""


def matches(version: str, constraint: str, api: int = SEMANTIC) -> bool | None:
    """Whether the version falls under it; None where that cannot be told, as of ``dev-main``, of a version
    that counts in another way than the constraint, ``api``, and of a constraint that is none."""
    key, bounds = _key(version, api), _parsed(constraint, api)
    if key is None or bounds is None:
        return None
    return any(all(_holds(key, bound) for bound in group) for group in bounds)


def matches_core(version: str, constraint: str) -> bool | None:
    """The same of Drupal's core, which counts in one way only. «Below 10.2.11» says where Drupal 10 was
    mended, and nothing of Drupal 7: that cannot be told then, unless 7 is named beside it."""
    key, bounds = _key(version, SEMANTIC), _parsed(constraint, SEMANTIC)
    if key is None or bounds is None:
        return None
    holding = [group for group in bounds if all(_holds(key, bound) for bound in group)]
    if not holding or key[0] > SEVEN:
        return bool(holding)
    named = [number[0] == SEVEN for group in bounds for _, number in group]
    if any(not group or any(number[0] == SEVEN for _, number in group) for group in holding):
        return True
    return False if any(named) else None


def _key(version: str, api: int) -> Key | None:
    found = _VERSION.fullmatch(version.strip())
    if found is None:
        return None
    own = int(found["api"]) if found["api"] else SEMANTIC
    return _of(found) if (own == SEVEN) == (api == SEVEN) and own >= SEVEN else None


def _of(found: re.Match[str]) -> Key:
    numbers = [int(each) for each in found["numbers"].split(".")]
    if found["rest"]:
        filled, stage, count = [*numbers, _HEAD, _HEAD, _HEAD][:4], _STAGES["dev"], 0
    else:
        filled = [*numbers, 0, 0, 0][:4]
        stage, count = _STAGES[(found["stage"] or "").lower()], int(found["count"] or 0)
    return filled[0], filled[1], filled[2], filled[3], stage, count


@lru_cache(maxsize=5000)
def _parsed(constraint: str, api: int) -> tuple[tuple[Bound, ...], ...] | None:
    """Groups of which one must hold whole; None for what is no constraint."""
    if len(constraint) > LONGEST:
        return None
    groups = []
    for text in re.split(r"\s*\|\|?\s*", constraint.strip()):
        group = _group(text, api)
        if group is None:
            return None
        groups.append(group)
    return tuple(groups)


def _group(text: str, api: int) -> tuple[Bound, ...] | None:
    if hyphen := _HYPHEN.fullmatch(text):
        low, high = _bounds(">=", hyphen["low"], api), _bounds("<=", hyphen["high"], api)
        if low is None or high is None:
            return None
        if hyphen["high"].count(".") < 2 and not re.search("[a-z]", hyphen["high"], re.I):
            high = _wild(hyphen["high"])[1:]  # «- 2.1» takes in all of 2.1
        return (*low, *high)
    bounds: list[Bound] = []
    end = 0
    for part in _PART.finditer(text):
        if text[end : part.start()].strip(" ,"):
            return None
        end = part.end()
        found = _bounds(part["operator"] or "", part["version"], api)
        if found is None:
            return None
        bounds += found
    return tuple(bounds) if end and not text[end:].strip(" ,") else None


def _bounds(operator: str, text: str, api: int) -> tuple[Bound, ...] | None:
    """What one operator with its version stands for."""
    if re.fullmatch(r"[*xX](\.[*xX])*(@\w+)?", text):
        return ()
    found = _VERSION.fullmatch(text)
    if found is None:
        return None
    if found["api"] and (int(found["api"]) == SEVEN) != (api == SEVEN):
        return (_NEVER,)
    plain = re.split(r"[-+@_]|\.?[a-z*]", _without_api(text).lower().lstrip("v"), maxsplit=1)[0].rstrip(".")
    if found["rest"] and not found["stage"]:
        return _wild(plain) if operator in ("", "=", "==") else None
    key = _of(found)
    if operator == "^":
        return _from(found, key), ("<", _next(plain, _first_that_counts(plain)))
    if operator == "~":
        return _from(found, key), ("<", _next(plain, max(plain.count(".") - 1, 0)))
    if operator in (">=", "<") and not found["stage"]:
        return ((operator, (*key[:4], _STAGES["dev"], 0)),)
    return (({"": "=", "==": "=", "<>": "!="}.get(operator, operator), key),)


def _without_api(text: str) -> str:
    return re.sub(r"^v?\d{1,2}\.x-(?=\d)", "", text, flags=re.I)


def _from(found: re.Match[str], key: Key) -> Bound:
    return ">=", key if found["stage"] else (*key[:4], _STAGES["dev"], 0)


def _wild(plain: str) -> tuple[Bound, ...]:
    """All versions that begin with these numbers."""
    numbers = [*map(int, plain.split(".")), 0, 0, 0][:4]
    low = (numbers[0], numbers[1], numbers[2], numbers[3], _STAGES["dev"], 0)
    return (">=", low), ("<", _next(plain, plain.count(".")))


def _first_that_counts(plain: str) -> int:
    """Which number a ``^`` lets nothing grow beyond: the first that is not nought."""
    numbers = [int(each) for each in plain.split(".")]
    return next((place for place, number in enumerate(numbers) if number), len(numbers) - 1)


def _next(plain: str, place: int) -> Key:
    """The first version with a greater number at that place."""
    numbers = [int(each) for each in plain.split(".")][: place + 1]
    numbers[-1] += 1
    filled = [*numbers, 0, 0, 0][:4]
    return filled[0], filled[1], filled[2], filled[3], _STAGES["dev"], 0


def _holds(key: Key, bound: Bound) -> bool:
    operator, other = bound
    return {
        "=": key == other,
        "!=": key != other,
        "<": key < other,
        "<=": key <= other,
        ">": key > other,
        ">=": key >= other,
    }[operator]
