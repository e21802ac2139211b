"""Addresses of code as people write them: which kind, of which host, and how they are spoken of."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, quote, unquote, urlsplit

from aegir.errors import Refused

LONGEST = 2000
_PLAIN = "/%~:@!$&'()*+,;=?"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")


def parsed(address: str) -> SplitResult:
    """A file, http or https address; Refused for any other, and for one that holds a password."""
    if len(address) > LONGEST or not address.isprintable() or " " in address or "\\" in address:
        raise Refused(f"«{address[:60]}» is not an address: it is too long, or holds blanks.")
    try:
        parts = urlsplit(address)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused(f"«{address[:60]}» is not an address.") from None
    if "@" in parts.netloc:
        raise Refused(f"The address at {host or 'that host'} names a user: add a credential instead.")
    if parts.scheme not in ("http", "https", "file"):
        raise Refused(f"«{address[:60]}» is not an address that code can come from: give https.")
    if parts.scheme == "file" and (host not in ("", "localhost") or not parts.path.startswith("/")):
        raise Refused(f"«{address[:60]}» is not a file of this machine: write file:///the/whole/path.")
    if parts.scheme != "file" and (not host or port == 0):
        raise Refused(f"«{address[:60]}» names no host.")
    return parts


def path_of(address: str) -> str | None:
    """The absolute path that an address or a path names; None for one of another machine."""
    if not _SCHEME.match(address):
        return address
    parts = parsed(address)
    return unquote(parts.path) if parts.scheme == "file" else None


def shown(address: str) -> str:
    """As it may be spoken of: without what may be a secret in it."""
    try:
        parts = urlsplit(address)
        netloc = parts.netloc.rpartition("@")[2]
    except ValueError:
        return "that address"
    hidden = "?…" if parts.query else ""
    return f"{parts.scheme}://{netloc}{parts.path}{hidden}" if parts.scheme and netloc else parts.path


def target(parts: SplitResult) -> str:
    """What a request asks its server for."""
    path = quote(parts.path or "/", safe=_PLAIN)
    return f"{path}?{quote(parts.query, safe=_PLAIN)}" if parts.query else path
