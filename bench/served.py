"""A panel of its own for a measurement: the process that ``aegir up`` starts, without the rest of Aegir."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from bench.clock import until


@dataclass(frozen=True)
class Panel:
    """Where it is reached, and which process it is."""

    port: int
    process: int

    def connection(self) -> HTTPConnection:
        return HTTPConnection("127.0.0.1", self.port, timeout=60)


@contextmanager
def panel() -> Iterator[Panel]:
    """Serves the data folder and the database that the environment names."""
    home = Path(os.environ["AEGIR_HOME"])
    with (
        socket.socket() as tcp,
        socket.socket(socket.AF_UNIX) as unix,
        (home / "panel.log").open("wb") as log,
    ):
        (home / "panel.sock").unlink(missing_ok=True)
        tcp.bind(("127.0.0.1", 0))
        unix.bind(str(home / "panel.sock"))
        handed = (tcp.fileno(), unix.fileno())
        command = [sys.executable, "-m", "aegir.embedded.panel", *map(str, handed)]
        process = subprocess.Popen(command, pass_fds=handed, stderr=log)
        made = Panel(tcp.getsockname()[1], process.pid)
        try:
            until(lambda: _answers(made), "the panel")
            yield made
        finally:
            process.terminate()
            process.wait(30)


def _answers(made: Panel) -> bool:
    connection = made.connection()
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
