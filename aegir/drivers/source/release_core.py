"""Which versions of core a release is for: ``^9.5 || ^10``, as Composer writes it."""

from __future__ import annotations

import re

_TERM = re.compile(r"(\^|~|>=|<=|>|<|!=|==?)?\s*v?(\d+)(?:\.(\d+|[x*]))?(?:\.(\d+|[x*]))?(?:[-@]\S*)?")
HIGHEST = 9999
"""Stands for a number that is not known: the newest there will be."""


def suits(core: tuple[int, ...], constraint: str) -> bool:
    """Whether a version of core fits; a version's missing numbers count as the highest. A constraint that
    cannot be read fits everything: it is the site's Drupal that has the last word."""
    version = (*core, HIGHEST, HIGHEST, HIGHEST)[:3]
    return (
        any(_all(version, each) for each in constraint.split("|") if each.strip()) or not constraint.strip()
    )


def _all(version: tuple[int, ...], alternative: str) -> bool:
    text = re.sub(r"(\d\S*)\s+-\s+(\S*\d)", r">=\1 <=\2", alternative)
    return all(_one(version, found) for found in _TERM.finditer(text))


def _one(version: tuple[int, ...], found: re.Match[str]) -> bool:
    sign = found[1] or ""
    said = [int(part) for part in found.groups()[1:] if part and part.isdigit()]
    low = (*said, 0, 0)[:3]
    match sign:
        case "^":
            return low <= version < (low[0] + 1, 0, 0)
        case "~":
            return low <= version < ((low[0] + 1, 0, 0) if len(said) < 3 else (low[0], low[1] + 1, 0))
        case ">=":
            return version >= low
        case ">":
            return version > (*said, HIGHEST, HIGHEST)[:3] if len(said) < 3 else version > low
        case "<":
            return version < low
        case "<=":
            return version <= (*said, HIGHEST, HIGHEST)[:3]
        case "!=":
            return version[: len(said)] != tuple(said)
        case _:
            return version[: len(said)] == tuple(said)
