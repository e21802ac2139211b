"""One answer of a web server, whatever redirects lie before it. No proxy is asked, no cookie kept, nothing
taken from the environment but whom to trust; what was looked at is what is connected to."""

from __future__ import annotations

import base64
import http.client
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from http.client import HTTPResponse
from urllib.parse import SplitResult, urljoin

from aegir.drivers import network
from aegir.drivers.network import Limit
from aegir.drivers.source import Access, Terms, addresses
from aegir.errors import AegirError, Broken, Refused, Unreachable

REDIRECTS = 5
MOVED = (301, 302, 303, 307, 308)
AWAY = (408, 425, 429)
"""Answers that may be others the next time, beside those from 500."""


@contextmanager
def answered(address: str, terms: Terms, limit: Limit) -> Iterator[HTTPResponse]:
    """The answer to a request for an http or https address, its body not read yet. What breaks while it is
    read is sorted too: Unreachable for what may go through later, else Broken."""
    parts, trusted = addresses.parsed(address), True
    try:
        for _ in range(REDIRECTS + 1):
            with closing(_asked(parts, terms, limit, trusted=trusted)) as response:
                if response.status not in MOVED:
                    _check(response, parts)
                    yield response
                    return
                there = _followed(parts, response.headers.get("Location", ""))
            # Who was sent elsewhere carries nothing any more, not even when he is sent back.
            trusted, parts = trusted and _same(parts, there), there
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise _sorted(error, parts, limit) from error
    raise Broken(f"{addresses.shown(address)} redirects more than {REDIRECTS} times.")


def _asked(parts: SplitResult, terms: Terms, limit: Limit, *, trusted: bool) -> HTTPResponse:
    host, encrypted = str(parts.hostname), parts.scheme == "https"
    headers = {"User-Agent": "Aegir", "Accept-Encoding": "identity", "Connection": "close"}
    access = next((each for each in terms.accesses if each.host == host and each.kind != "key"), None)
    if access is not None and trusted:
        if not encrypted and not terms.private:
            raise Refused(f"The credential for {host} would go without encryption: give an https address.")
        headers["Authorization"] = _authorization(access)
    kind = http.client.HTTPSConnection if encrypted else http.client.HTTPConnection
    connection = kind(host, parts.port, timeout=limit.left)
    line = _line(host, connection.port, terms, limit)
    try:
        connection.sock = network.encrypt(line, host) if encrypted else line
        connection.request("GET", addresses.target(parts), headers=headers)
        return connection.getresponse()
    except BaseException:  # whatever it was goes up; an answer holds the connection itself
        connection.close()
        line.close()
        raise


def _line(host: str, port: int, terms: Terms, limit: Limit) -> socket.socket:
    try:
        return network.connect(host, port, limit, lambda each: terms.private or network.is_public(each))
    except Refused:
        raise Refused(
            f"{host} is an address of a private network, which code may not be fetched from: set "
            "sources_private to allow it."
        ) from None


def _authorization(access: Access) -> str:
    if access.kind == "token":
        return f"Bearer {access.secret}"
    pair = f"{access.user}:{access.secret}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"


def _followed(parts: SplitResult, location: str) -> SplitResult:
    if not location:
        raise Broken(f"{parts.hostname} redirects to nowhere.")
    # Servers write what they like: what a request may not hold is quoted as browsers do.
    there = addresses.parsed(urljoin(parts.geturl(), location.replace(" ", "%20")))
    if there.scheme == "file" or (parts.scheme == "https" and there.scheme != "https"):
        raise Refused(f"{parts.hostname} redirects to {there.scheme}, away from https: that is not followed.")
    return there


def _same(one: SplitResult, other: SplitResult) -> bool:
    return (one.scheme, one.hostname, one.port) == (other.scheme, other.hostname, other.port)


def _check(response: HTTPResponse, parts: SplitResult) -> None:
    status, shown = response.status, addresses.shown(parts.geturl())
    if status == 200:
        return
    if status in (401, 403, 407):
        raise Refused(
            f"{parts.hostname} does not hand out {shown} (status {status}): name a credential that opens it."
        )
    if status in (404, 410):
        raise Refused(f"There is nothing at {shown} (status {status}): check the address.")
    if status >= 500 or status in AWAY:
        raise Unreachable(f"{parts.hostname} cannot hand out {shown} now (status {status}).")
    raise Broken(f"{parts.hostname} answered the request for {shown} with status {status}.")


def _sorted(error: Exception, parts: SplitResult, limit: Limit) -> AegirError:
    host = parts.hostname
    if limit.cut or isinstance(error, TimeoutError):
        return Broken(f"{host} took longer than a build may: the download was broken off.")
    if isinstance(error, ssl.SSLError | ConnectionError | http.client.IncompleteRead):
        return Unreachable(f"The connection to {host} broke off.")
    if isinstance(error, http.client.HTTPException | ValueError):
        return Broken(f"{host} did not answer as a web server does.")
    return Broken(f"What {host} sends cannot be kept: {getattr(error, 'strerror', None) or error}.")
