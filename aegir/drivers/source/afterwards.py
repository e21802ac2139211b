"""``composer install`` in code that came from elsewhere: what the ``composer`` driver does for others."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol, cast

from aegir import drivers
from aegir.drivers.host import Host
from aegir.drivers.source import Json, Say, Source, Terms
from aegir.errors import Refused


class Installs(Protocol):
    """The part of the ``composer`` driver that others use."""

    def __init__(self, host: Host) -> None: ...

    def install(self, into: str, terms: Terms, say: Say, ends: float) -> Mapping[str, Json]:
        """Run ``composer install`` on the composer.json that lies in ``into``; the facts to keep."""


def check(source: Source) -> None:
    """Refused when it is wanted and cannot be had."""
    if source.composer:
        _driver()


def install(host: Host, into: str, terms: Terms, say: Say, ends: float) -> Mapping[str, Json]:
    """Put in what the code's composer.json names; the facts to keep. ``ends`` as of ``programs.run``."""
    return _driver()(host).install(into, terms, say, ends)


def _driver() -> type[Installs]:
    try:
        return cast(type[Installs], drivers.load("source", "composer"))
    except LookupError:
        raise Refused("This Aegir cannot run Composer: build it beforehand.", field="composer") from None
