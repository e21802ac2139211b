"""Asking this host's own web server for a page, as a visitor would, only that the name needs no DNS."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from aegir import configs
from aegir.drivers.host import Completed, Host, Listener, Stream
from aegir.drivers.web import Answer, WebService
from aegir.errors import Refused, Unreachable

COULD_NOT_CONNECT: Final = 7
PATIENCE: Final = "50"
"""Seconds for a page."""
LONGEST_BODY: Final = 1024 * 1024


def fetch(host: Host, service: WebService, domain: str, path: str, key: str) -> Answer:
    """What ``WebDriver.fetch`` promises."""
    name, port = configs.checked(domain, "domain"), service.port
    if not re.fullmatch(r"/[!-~]*", path):
        raise Refused(f"«{path[:100]}» is not the path of an address: it must begin with «/».")
    body = _Body()
    asked = curl(
        host,
        ["--globoff", "--path-as-is", "--max-time", PATIENCE, "--config", "-"],
        ["--header", f"Host: {name}" if port == 80 else f"Host: {name}:{port}"],
        ["--write-out", "%{stderr}%{http_code} %header{location}", f"http://127.0.0.1:{port}{path}"],
        # On the command line every user of the machine could read it.
        stdin=f'header = "Aegir-Probe: {configs.checked(key, "key")}"\n' if key else "",
        listener=body,
    )
    if asked is None:
        raise Unreachable(f"Nothing listens on port {port}: start {service.driver} with «aegir up».")
    status, _, location = asked.err.strip().rpartition("\n")[2].partition(" ")
    return Answer(int(status), location, body.text)


def curl(
    host: Host, *arguments: Sequence[str], stdin: str = "", listener: Listener | None = None
) -> Completed | None:
    """How curl ended; None when it could not connect."""
    argv = ["curl", "-q", "--silent", "--noproxy", "*", *(word for words in arguments for word in words)]
    asked = host.run(argv, stdin=stdin, check=False, listener=listener)
    return None if asked.code == COULD_NOT_CONNECT else asked


class _Body:
    """Hears the beginning of a page; what a host keeps of a long one is its end."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._room = LONGEST_BODY

    def __call__(self, stream: Stream, line: str) -> None:
        if stream == "out" and self._room > 0:
            self._lines.append(line[: self._room])
            self._room -= len(line) + 1

    @property
    def text(self) -> str:
        return "\n".join(self._lines)
