"""Which paths a list of rsync's patterns leaves out."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

TOKENS = {"**": ".*", "*": "[^/]*", "?": "[^/]"}


def excluder(patterns: Sequence[str]) -> Callable[[str, bool], bool]:
    """A function of a path below the source («a/b») and whether it is a directory: is it left out?

    A leading ``/`` anchors at the source, any other pattern matches the end of a path; a trailing ``/``
    matches directories alone; ``*`` and ``?`` stop at slashes, ``**`` does not.
    """
    compiled = [(re.compile(_expression(pattern)), pattern.endswith("/")) for pattern in patterns]

    def excluded(path: str, directory: bool) -> bool:
        return any(
            found.fullmatch(f"/{path}") is not None and (directory or not only_directories)
            for found, only_directories in compiled
        )

    return excluded


def _expression(pattern: str) -> str:
    body = pattern.rstrip("/")
    start, body = ("/", body[1:]) if body.startswith("/") else ("(?:.*/)", body)
    tokens = re.split(r"(\*\*|\*|\?)", body)
    return "(?s:" + start + "".join(TOKENS.get(token) or re.escape(token) for token in tokens) + ")"
