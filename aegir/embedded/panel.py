"""The panel's process: one event loop that serves the same application to browsers and to the command line.

``python -m aegir.embedded.panel TCP_FD UNIX_FD``: the supervisor binds both sockets and hands them over, so
an address stays ours while the panel restarts and the panel needs no right to make sockets itself.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import signal
import socket
import sys
from collections.abc import Iterator

import uvicorn
from django.urls import get_resolver

from aegir.asgi import Door, application, through

SHUTDOWN = 5
"""Seconds that open streams may take to end."""
GARBAGE = (10_000, 20, 50)
"""Of how many new objects, and how many rounds of the younger ones, Python looks for garbage: ten times as
rarely as it would. Looking through all takes longer than most answers."""


class Listener(uvicorn.Server):
    """One of several servers in a process; the process handles signals, not the server."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listener(door: Door) -> Listener:
    """A server that marks what it takes in as having come through ``door``."""
    return Listener(
        uvicorn.Config(
            through(door, application),
            lifespan="off",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=SHUTDOWN,
            log_level="warning",
        )
    )


async def serve(tcp: socket.socket, unix: socket.socket) -> None:
    """Answer on both sockets until told to end."""
    doors = [(listener("network"), tcp), (listener("socket"), unix)]

    def stop() -> None:
        for server, _ in doors:
            server.should_exit = True

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop)
    await asyncio.gather(*(server.serve(sockets=[bound]) for server, bound in doors))


def settle() -> None:
    """Load what answers requests, and never again look for garbage in it."""
    assert get_resolver().url_patterns
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE)


if __name__ == "__main__":
    settle()
    asyncio.run(serve(*(socket.socket(fileno=int(number)) for number in sys.argv[1:3])))
