"""Telling programs elsewhere.

``Driver(private)`` has ``post(call)``; ``private`` says whether it may go into private networks, and without
encryption. It raises Refused when the address may not be gone to, Unreachable when nobody answers there, and
Broken when the answer is not that it was taken.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Call:
    """One request."""

    address: str
    headers: Mapping[str, str]
    body: bytes


def signature(secret: str, moment: int, body: bytes) -> str:
    """What proves to the receiver that the body is from who knows the secret, and said at that moment
    (seconds since 1970)."""
    digest = hmac.new(secret.encode(), b"%d." % moment + body, hashlib.sha256)
    return f"t={moment},v1={digest.hexdigest()}"
