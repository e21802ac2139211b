"""The way to the API: the socket on this machine, or another machine's panel with a token.

``AEGIR_URL`` names the other one; its token comes from ``AEGIR_TOKEN``, or from the file that
``AEGIR_TOKEN_FILE`` names. It is never an argument, since arguments are seen by everybody on the machine.
"""

from __future__ import annotations

import http.client
import os
import pwd
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

TIMEOUT = 60.0


class Unusable(Exception):
    """What the environment says cannot be used; the sentence tells what to change."""


class Way(Protocol):
    """How requests reach the API."""

    where: str
    """For people."""

    def open(self) -> http.client.HTTPConnection:
        """A connection for one request."""

    def headers(self) -> Mapping[str, str]:
        """What tells who asks."""


class _SocketConnection(http.client.HTTPConnection):
    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=TIMEOUT)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Here:
    """The Aegir of this machine's data folder."""

    def __init__(self, home: Path) -> None:
        self._home, self.where = home, str(home)

    def open(self) -> http.client.HTTPConnection:
        return _SocketConnection(self._home / "run/api.sock")

    def headers(self) -> Mapping[str, str]:
        return {"X-Aegir-User": _user()}


class There:
    """Another machine's panel."""

    def __init__(self, address: str, environment: Mapping[str, str]) -> None:
        parts = urlsplit(address)
        if (
            parts.scheme not in ("http", "https")
            or not parts.hostname
            or parts.path.strip("/")
            or parts.query
        ):
            raise Unusable(f"AEGIR_URL is «{address}»: give an address such as https://panel.example.org.")
        if parts.scheme == "http" and parts.hostname not in ("localhost", "127.0.0.1", "::1"):
            raise Unusable("AEGIR_URL must begin with https://, or the token could be read on the way.")
        self._parts, self._token, self.where = parts, _token(environment), address

    def open(self) -> http.client.HTTPConnection:
        kind = http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
        return kind(str(self._parts.hostname), self._parts.port, timeout=TIMEOUT)

    def headers(self) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {self._token}"}


def way(home: Path, environment: Mapping[str, str]) -> Way:
    """The way that the environment asks for. Raises Unusable."""
    address = environment.get("AEGIR_URL", "").rstrip("/")
    return There(address, environment) if address else Here(home)


def _token(environment: Mapping[str, str]) -> str:
    path = environment.get("AEGIR_TOKEN_FILE")
    try:
        token = Path(path).read_text().strip() if path else environment.get("AEGIR_TOKEN", "").strip()
    except (OSError, UnicodeDecodeError):
        raise Unusable(f"AEGIR_TOKEN_FILE names {path}, which cannot be read.") from None
    if not token.isascii() or not token.isprintable() or not token:
        raise Unusable("AEGIR_URL needs a token: put it into AEGIR_TOKEN, or into the file AEGIR_TOKEN_FILE.")
    return token


def _user() -> str:
    sudo = os.environ.get("SUDO_USER")
    if sudo and os.geteuid() == 0:
        return sudo
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())
