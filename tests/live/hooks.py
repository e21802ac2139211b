"""A program that takes webhooks: real, on a free port, and it keeps what it is told."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Told:
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Receiver:
    """``status`` is answered to every request, with ``location``."""

    port: int = 0
    status: int = 204
    location: str = ""
    told: list[Told] = field(default_factory=list)
    silent: threading.Event = field(default_factory=threading.Event)
    """While it is set, nobody is answered."""
    heard: threading.Event = field(default_factory=threading.Event)
    """Set once somebody has asked."""


@contextmanager
def receiving(tls: ssl.SSLContext | None = None, port: int = 0) -> Iterator[Receiver]:
    receiver = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            receiver.told.append(Told(self.path, dict(self.headers), body))
            receiver.heard.set()
            while receiver.silent.is_set():
                if self.server.ended.wait(0.01):  # type: ignore[attr-defined]
                    return
            self.send_response(receiver.status)
            if receiver.location:
                self.send_header("Location", receiver.location)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Tests look at what was told."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    server.ended = threading.Event()  # type: ignore[attr-defined]
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    receiver.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield receiver
    finally:
        server.ended.set()  # type: ignore[attr-defined]
        server.shutdown()
        server.server_close()
