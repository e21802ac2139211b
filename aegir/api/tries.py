"""Who sends tokens that are none is not looked up for a while."""

from __future__ import annotations

from django.core.cache import cache
from django.http import HttpRequest

from aegir.api.errors import TooMany

MOST = 10
"""Bad tokens from one address in one window."""
WINDOW = 60
"""Seconds."""


def refuse_more(request: HttpRequest) -> None:
    """TooMany when the address has sent too many bad tokens; a good one is not looked at either."""
    if cache.get(_key(request), 0) >= MOST:
        raise TooMany(f"Too many bad tokens came from your address: try again in {WINDOW} seconds.", WINDOW)


def failed(request: HttpRequest) -> None:
    """Count one bad token; the window begins with the first."""
    if not cache.add(_key(request), 1, WINDOW):
        try:
            cache.incr(_key(request))
        except ValueError:  # the window ended in between
            cache.add(_key(request), 1, WINDOW)


def _key(request: HttpRequest) -> str:
    return f"bad-tokens-{request.META.get('REMOTE_ADDR') or 'nowhere'}"
