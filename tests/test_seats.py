"""Threads and connections for requests: few, kept, and waited for when all are taken."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing
from threading import Barrier, get_ident

import pytest
from asgiref.sync import sync_to_async
from cryptography.fernet import Fernet

from aegir import seats
from aegir.seats import SEATS, Seats, seated
from bench.served import Panel, panel
from tests.live.postgresql import postgresql

STREAMS = 200
SET_UP = """
import django
django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from django.test import Client
from tests import doors
client = Client()
client.force_login(doors.alice())
print(client.cookies["aegir_session"].value)
"""


@pytest.fixture
def own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Seats that nobody sat on before."""
    made = Seats(SEATS)
    monkeypatch.setattr(seats, "_seats", made)
    yield
    made.shutdown()


@pytest.mark.usefixtures("own")
def test_requests_at_the_same_time_are_answered_side_by_side_and_the_others_wait() -> None:
    full = Barrier(SEATS, timeout=30)

    def part() -> int:
        full.wait()
        return get_ident()

    async def one() -> int:
        async with seated():
            return await sync_to_async(part)()

    async def play() -> set[int]:
        return set(await asyncio.gather(*(one() for _ in range(3 * SEATS))))

    assert len(asyncio.run(play())) == SEATS


@pytest.mark.usefixtures("own")
def test_a_request_that_waits_for_its_client_takes_no_seat() -> None:
    async def play() -> int:
        here, leave = asyncio.Barrier(4 * SEATS + 1), asyncio.Event()

        async def slow() -> None:
            async with seated():
                await sync_to_async(get_ident)()
                await here.wait()
                await leave.wait()

        waiting = [asyncio.ensure_future(slow()) for _ in range(4 * SEATS)]
        async with asyncio.timeout(30):
            await here.wait()
            async with seated():
                answered = await sync_to_async(lambda: 42)()
        leave.set()
        await asyncio.gather(*waiting)
        return answered

    assert asyncio.run(play()) == 42


@pytest.mark.usefixtures("own")
def test_a_request_that_failed_leaves_its_seat() -> None:
    async def one(divisor: int) -> float:
        async with seated():
            return await sync_to_async(lambda: 1 / divisor)()

    async def play() -> None:
        for _ in range(2 * SEATS):
            with pytest.raises(ZeroDivisionError):
                await one(0)
        assert await one(2) == 0.5

    asyncio.run(play())


@pytest.fixture(scope="module")
def busy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Panel, str, str]]:
    """A panel with its rows in PostgreSQL, the cookie of one who is signed in, and the database's address."""
    home = tmp_path_factory.mktemp("home")
    for key in ("secret.key", "django.key"):
        (home / key).write_bytes(Fernet.generate_key())
    with postgresql() as address, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AEGIR_DATABASE", address)
        patch.setenv("AEGIR_HOME", str(home))
        made = subprocess.run([sys.executable, "-c", SET_UP], capture_output=True, text=True, check=True)
        with panel() as served:
            yield served, f"aegir_session={made.stdout.strip()}", address


def test_200_streams_opened_at_once_on_postgresql_are_all_served(busy: tuple[Panel, str, str]) -> None:
    served, cookie, address = busy
    asyncio.run(_all_watch(served, cookie, address))


async def _all_watch(served: Panel, cookie: str, address: str) -> None:
    opened = await asyncio.gather(*(_opened(served, cookie) for _ in range(STREAMS)))
    assert [first for first, _ in opened] == [b"HTTP/1.1 200 OK\r\n"] * STREAMS
    assert await asyncio.to_thread(_connections, address) <= SEATS + 1 + 1  # the watcher's, and this look
    for _, writer in opened:
        writer.close()


async def _opened(served: Panel, cookie: str) -> tuple[bytes, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", served.port)
    writer.write(f"GET /live?about=sites HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\n\r\n".encode())
    return await reader.readline(), writer


def _connections(address: str) -> int:
    import psycopg

    with psycopg.connect(address) as connection:
        told = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = 'aegir'").fetchone()
    assert told is not None
    return int(told[0])


def test_clients_who_are_slow_to_speak_hold_up_nobody(busy: tuple[Panel, str, str]) -> None:
    served, cookie, _ = busy
    head = {"Host": "localhost", "Cookie": cookie}
    with ExitStack() as slow:
        for _ in range(3 * SEATS):
            connection = slow.enter_context(closing(served.connection()))
            connection.putrequest("POST", "/sign-in")
            for name, value in {**head, "Content-Length": "1000"}.items():
                connection.putheader(name, value)
            connection.endheaders(b"username=al")
        connection = slow.enter_context(closing(served.connection()))
        connection.request("GET", "/sites", headers=head)
        assert connection.getresponse().status == 200
