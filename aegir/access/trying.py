"""Trying a change out, as for forms that are checked while somebody types."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from django.db import transaction


class _Undone(Exception):
    """Ends a transaction whose changes shall not stay."""


def tried(act: Callable[[], Any]) -> None:
    """Raise what ``act`` refuses with; nothing that it does stays."""
    with suppress(_Undone), transaction.atomic():
        act()
        raise _Undone
