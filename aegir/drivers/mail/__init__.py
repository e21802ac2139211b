"""Sending mail.

``Driver(server, password)`` has ``send(letter)``. It raises Refused when this letter cannot be sent
at all, Unreachable when no letter is taken just now, and Broken when this one was not, and may be later.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class MailServer:
    """Who takes mail, and from whom."""

    host: str
    port: int
    security: str
    """none, starttls or tls."""
    user: str
    """Whom to sign in as; "" for nobody."""
    sender: str


@dataclass(frozen=True)
class Letter:
    """One mail of plain text to one address."""

    to: str
    subject: str
    text: str
    number: str
    """Names it: a letter that is sent twice has the same one twice."""
