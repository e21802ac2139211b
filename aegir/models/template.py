"""Texts with names in braces that the operator may write. Nothing but those very names means anything: no
expressions, attributes or formats, so a text can show no more than it is given."""

from __future__ import annotations

import re

_NAME = re.compile(r"\{([^{}]*)\}")

OPEN = frozenset({"panel", "name", "client"})
"""What may stand where it is stored and shown as it is."""
ALL = OPEN | {"link"}


def fits(text: str, known: frozenset[str]) -> bool:
    """Whether everything in braces is a known name."""
    return all(name in known for name in _NAME.findall(text))


def fill(text: str, **values: str) -> str:
    """The text with the values in their places; what a value brings along stays as it is."""
    return _NAME.sub(lambda found: values.get(found.group(1), found.group(0)), text)
