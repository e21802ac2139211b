"""Webhooks over HTTP, encrypted unless the operator lets them go without. No proxy is asked, no redirect
followed, and nothing of the answer but its status is kept: an address cannot be used to look around here."""

from __future__ import annotations

import http.client
import ssl
from urllib.parse import SplitResult, urlsplit

from aegir.drivers import network
from aegir.drivers.hook import Call
from aegir.drivers.network import Limit
from aegir.errors import Broken, Refused, Unreachable

PATIENCE = 20.0
"""Seconds for one call, from connecting to the answer."""


class Driver:
    """One connection a call."""

    def __init__(self, private: bool) -> None:
        self.private = private

    def post(self, call: Call) -> None:
        """What the family promises."""
        parts = urlsplit(call.address)
        if parts.scheme != "https" and not (self.private and parts.scheme == "http"):
            raise Refused("It would go without encryption: give an https address, or set webhooks_private.")
        with Limit(PATIENCE) as limit:
            try:
                status = self._status(parts, call, limit)
            except (OSError, http.client.HTTPException, ValueError) as error:
                raise _sorted(error, str(parts.hostname), limit) from error
        if not 200 <= status < 300:
            hint = ": redirects are not followed" if 300 <= status < 400 else ""
            raise Broken(f"{parts.hostname} answered with status {status}{hint}.")

    def _status(self, parts: SplitResult, call: Call, limit: Limit) -> int:
        host, encrypted = str(parts.hostname), parts.scheme == "https"
        kind = http.client.HTTPSConnection if encrypted else http.client.HTTPConnection
        connection = kind(host, parts.port, timeout=limit.left)
        line = network.connect(host, connection.port, limit, self._admits)
        try:
            connection.sock = network.encrypt(line, host) if encrypted else line
            path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
            connection.request("POST", path, call.body, {**call.headers, "Connection": "close"})
            status = connection.getresponse().status
            if limit.cut:  # what was cut off reads like the end of an answer
                raise TimeoutError
            return status
        finally:
            connection.close()
            line.close()

    def _admits(self, address: str) -> bool:
        return self.private or network.is_public(address)


def _sorted(error: Exception, host: str, limit: Limit) -> Broken | Unreachable:
    if limit.cut or isinstance(error, TimeoutError):
        return Unreachable(f"{host} took longer than {PATIENCE:.0f} seconds.")
    if isinstance(error, ssl.SSLError | ConnectionError):
        return Unreachable(f"The connection to {host} broke off.")
    return Broken(f"{host} did not answer as a web server does.")
