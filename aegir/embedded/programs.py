"""What runs while Aegir is up, in the order in which it starts; it ends in the opposite order."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aegir import drivers
from aegir.embedded import mariadb, services
from aegir.embedded.place import Place
from aegir.embedded.process import Program
from aegir.errors import AegirError

PROBE_PATIENCE = 2.0


def programs(place: Place, tcp: socket.socket, unix: socket.socket) -> list[Program]:
    """All of them. The panel inherits its two sockets, bound already."""
    return [mysql(place), php(place), web(place), worker(place), panel(place, tcp, unix)]


def binaries(place: Place) -> dict[str, str]:
    """Which binary each program's process is, to know it again."""
    return {
        "mysql": mariadb.SERVER,
        "php": services.php(place).fpm,
        **{driver: binary for driver, (binary, _) in services.WEB.items()},
        "worker": sys.executable,
        "panel": sys.executable,
    }


def mysql(place: Place) -> Program:
    options = place.config / "mariadb/mariadb.cnf"
    return Program(
        name="mysql",
        argv=(
            sys.executable,
            "-m",
            "aegir.embedded.mariadb",
            str(options),
            str(place.mysql_data),
            services.administrator(place),
        ),
        environment=place.environment(),
        directory=place.home,
        log=place.log / "mysql.log",
        user=place.user(place.operator),
        umask=0o077,
        ready=lambda: _greets(place.mysql_socket),
        patience=120.0,
        grace=60.0,
        on_demand=not place.mysql_data.exists(),
        essential=False,
    )


def php(place: Place) -> Program:
    service = services.php(place)
    driver = drivers.load("php", "fpm")(services.host(), service)
    return Program(
        name="php",
        argv=tuple(driver.command()),
        environment=place.environment(),
        directory=place.home,
        log=place.log / "php.log",
        umask=0o022,
        prepare=driver.prepare,
        ready=lambda: _live(driver),
        stale=(service.pid_file,),
    )


def web(place: Place) -> Program:
    driver = drivers.load("web", place.web)(services.host(), services.web(place))
    return Program(
        name=place.web,
        argv=tuple(driver.command()),
        environment=place.environment(),
        directory=place.home,
        log=place.log / f"{place.web}.log",
        prepare=driver.prepare,
        ready=lambda: _live(driver),
    )


def worker(place: Place) -> Program:
    bell = place.run / "worker.sock"
    return Program(
        name="worker",
        argv=(sys.executable, "-m", "aegir.engine.worker"),
        environment=place.environment(),
        directory=place.home,
        log=place.log / "worker.log",
        ready=lambda: _exists(bell),
        stale=(str(bell),),
        grace=30.0,
    )


def panel(place: Place, tcp: socket.socket, unix: socket.socket) -> Program:
    return Program(
        name="panel",
        argv=(sys.executable, "-m", "aegir.embedded.panel", str(tcp.fileno()), str(unix.fileno())),
        environment=place.environment(),
        directory=place.home,
        log=place.log / "panel.log",
        user=place.user(place.operator),
        umask=0o077,
        descriptors=(tcp.fileno(), unix.fileno()),
        ready=lambda: _answers(tcp.getsockname()),
    )


async def _exists(path: Path) -> bool:
    return path.exists()


async def _live(driver: Any) -> bool:
    """Whether it answers; which configuration it answers with is the tasks' affair."""
    try:
        return await asyncio.to_thread(driver.live) is not None
    except AegirError:
        return False


async def _greets(path: Path) -> bool:
    """A MySQL server speaks first."""
    return bool(await _probe(lambda: asyncio.open_unix_connection(path), await_bytes=1))


async def _answers(address: tuple[str, int]) -> bool:
    """Any answer in HTTP will do: what the pages say is their own affair."""
    request = b"GET /sign-in HTTP/1.0\r\nHost: localhost\r\n\r\n"
    said = await _probe(lambda: asyncio.open_connection(*address[:2]), request=request, await_bytes=5)
    return said == b"HTTP/"


Opener = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


async def _probe(connect: Opener, *, request: bytes = b"", await_bytes: int = 0) -> bytes | None:
    """What the other side says first, None when nobody is there or it stays silent."""
    writer = None
    try:
        async with asyncio.timeout(PROBE_PATIENCE):
            reader, writer = await connect()
            writer.write(request)
            return await reader.readexactly(await_bytes)
    except (OSError, TimeoutError, asyncio.IncompleteReadError):
        return None
    finally:
        if writer is not None:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
