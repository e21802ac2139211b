"""Git repositories behind a real web server, as git's own program hands them out."""

from __future__ import annotations

import base64
import os
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path

from tests.live.serving import serving

BACKEND = "/usr/lib/git-core/git-http-backend"


@dataclass
class Forge:
    """``asked`` is every request: method and path with query, and the authorization that came with it."""

    port: int
    scheme: str
    login: str = ""
    """``user:password`` that is wanted; "" to let everybody in."""
    redirect: str = ""
    """Where everybody is sent instead."""
    asked: list[tuple[str, str]] = field(default_factory=list)

    def address(self, name: str, host: str = "localhost") -> str:
        return f"{self.scheme}://{host}:{self.port}/{name}"


@contextmanager
def forging(root: Path, tls: ssl.SSLContext | None = None) -> Iterator[Forge]:
    """Hand out the repositories in a folder."""
    forge = Forge(0, "https" if tls else "http")

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            given = self.headers.get("Authorization", "")
            forge.asked.append((f"{self.command} {self.path}", given))
            wanted = f"Basic {base64.b64encode(forge.login.encode()).decode()}" if forge.login else ""
            if forge.redirect:
                self._say(302, Location=forge.redirect + self.path)
            elif wanted and given != wanted:
                self._say(401, **{"WWW-Authenticate": 'Basic realm="x"'})
            else:
                self._hand_out()

        do_POST = do_GET  # noqa: N815

        def _say(self, status: int, **headers: str) -> None:
            self.send_response(status)
            for name, value in {**headers, "Content-Length": "0"}.items():
                self.send_header(name, value)
            self.end_headers()

        def _hand_out(self) -> None:
            path, _, query = self.path.partition("?")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            env = {
                "PATH": os.environ["PATH"], "GIT_PROJECT_ROOT": str(root), "GIT_HTTP_EXPORT_ALL": "1",
                "PATH_INFO": path, "QUERY_STRING": query, "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""), "REMOTE_ADDR": "127.0.0.1",
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""), "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": "*",
            }  # fmt: skip
            done = subprocess.run([BACKEND], input=body, env=env, capture_output=True, check=False)
            head, _, content = done.stdout.partition(b"\r\n\r\n")
            headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
            self.send_response(int(headers.pop("Status", "200").split()[0]))
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:
            """Tests look at what was asked."""

    with serving(Handler, tls) as forge.port:
        yield forge
