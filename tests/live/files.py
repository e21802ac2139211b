"""A web server that hands out files as a test wants them: whole, cut short, elsewhere, dripping."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

from tests.live.serving import serving


@dataclass(frozen=True)
class Answer:
    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    """What Content-Length says; None for the truth, below 0 for none at all."""
    pause: float = 0.0
    """Seconds between one byte and the next."""


@dataclass
class Shelf:
    """``answers`` by path; what is not there is a 404."""

    scheme: str
    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    def address(self, path: str, host: str = "localhost") -> str:
        return f"{self.scheme}://{host}:{self.port}{path}"

    def put(self, path: str, body: bytes) -> str:
        """Hand something out; its address."""
        self.answers[path] = Answer(body)
        return self.address(path)


@contextmanager
def handing_out(tls: ssl.SSLContext | None = None) -> Iterator[Shelf]:
    shelf = Shelf("https" if tls else "http")
    ended = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            shelf.asked.append((self.path, dict(self.headers)))
            answer = shelf.answers.get(self.path.partition("?")[0], Answer(b"nothing here", 404))
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            length = len(answer.body) if answer.length is None else answer.length
            if length >= 0:
                self.send_header("Content-Length", str(length))
            self.end_headers()
            self._send(answer)

        def _send(self, answer: Answer) -> None:
            try:
                if not answer.pause:
                    self.wfile.write(answer.body)
                    return
                for byte in answer.body:
                    if ended.wait(answer.pause):
                        return
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
            except OSError:
                return  # whoever asked went away

        def log_message(self, format: str, *args: object) -> None:
            """Tests look at what was asked."""

    with serving(Handler, tls) as shelf.port:
        try:
            yield shelf
        finally:
            ended.set()
