"""Asking elsewhere for security advisories.

``Driver(address)`` has ``about(names)``: what is known of Composer packages, by name. It raises Unreachable
when nobody answers there, and Broken when the answer is none that can be read.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Told:
    """One advisory about one package."""

    identifier: str
    package: str
    title: str
    affected: str
    """A Composer constraint."""
    link: str = ""
    cve: str = ""
    severity: str = ""
    reported_at: datetime | None = None
