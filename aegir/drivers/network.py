"""Connections to elsewhere: to whom they may lead, and that they end in time whatever the other side does."""

from __future__ import annotations

import ipaddress
import os
import socket
import ssl
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

from aegir.errors import Refused, Unreachable

Found = tuple[socket.AddressFamily, socket.SocketKind, int, str, tuple[Any, ...]]
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_CLOUDS = {ipaddress.ip_address("168.63.129.16")}
"""Addresses that look like the internet's, and are a cloud's own to its machines."""


class Limit:
    """How long a conversation may take altogether; ``with`` it, whatever is not over by then is cut off."""

    def __init__(self, seconds: float) -> None:
        self.cut = False
        """Whether the time was over before the conversation was."""
        self._ends = time.monotonic() + seconds
        self._line: socket.socket | None = None
        self._timer = threading.Timer(seconds, self._cut)
        self._timer.daemon = True
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        with self._lock:
            if self._line is not None:
                self._line.close()
                self._line = None

    @property
    def left(self) -> float:
        """Seconds; never none, since sockets take 0 for something else."""
        return max(self._ends - time.monotonic(), 0.01)

    def watch(self, line: socket.socket) -> None:
        """The socket to cut off. Of its own descriptor: TLS takes the first one away."""
        with self._lock:
            self._line = socket.socket(fileno=os.dup(line.fileno()))

    def _cut(self) -> None:
        with self._lock:
            self.cut = True
            if self._line is not None:
                try:
                    self._line.shutdown(socket.SHUT_RDWR)
                except OSError:  # the other side was quicker
                    return


def connect(host: str, port: int, limit: Limit, admit: Callable[[str], bool]) -> socket.socket:
    """A connection to the first of the host's addresses that answers, of those that ``admit`` lets pass.

    Unreachable when none answers; Refused when there are addresses, and none may be gone to. What was looked
    at is what is connected to: no name is resolved a second time.
    """
    why = "it does not answer"
    for family, kind, protocol, _, address in admitted(host, port, admit):
        line = socket.socket(family, kind, protocol)
        try:
            line.settimeout(limit.left)
            line.connect(address)
            limit.watch(line)
        except OSError as error:
            why = error.strerror or why
            line.close()
        else:
            return line
    raise Unreachable(f"{host}, port {port}, cannot be reached: {why}.")


def admitted(host: str, port: int, admit: Callable[[str], bool]) -> list[Found]:
    """The addresses of a host that ``admit`` lets pass, as ``socket.getaddrinfo`` gives them.

    Unreachable when there are none, Refused when none of them may be gone to.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(f"No address of {host} can be found.") from error
    passed: list[Found] = [each for each in found if admit(str(each[4][0]))]
    if not passed:
        raise Refused(f"{host} is an address of a private network, which may not be gone to.")
    return passed


def encrypt(line: socket.socket, host: str) -> ssl.SSLSocket:
    """TLS over the connection; Unreachable unless the certificate is good and the host's own."""
    try:
        return ssl.create_default_context().wrap_socket(line, server_hostname=host)
    except ssl.SSLCertVerificationError as error:
        raise Unreachable(
            f"The certificate of {host} is not to be trusted: {error.verify_message}."
        ) from error
    except (OSError, ValueError) as error:
        raise Unreachable(f"{host} does not speak TLS there.") from error


def is_public(address: str) -> bool:
    """Whether an IP address is one of the internet at large, by whatever way it is written."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if found in _NAT64:
            inner = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(str(inner))
        if found.is_site_local:
            return False
    return found not in _CLOUDS and found.is_global and not found.is_multicast and not found.is_reserved
