"""Threads and connections for requests."""

from __future__ import annotations

import asyncio
from threading import get_ident

import pytest
from asgiref.sync import ThreadSensitiveContext, sync_to_async

from aegir import seats
from aegir.seats import seat


@pytest.fixture(autouse=True)
def own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seats that nobody sat on before."""
    monkeypatch.setattr(seats, "_free", [])


async def where() -> int:
    """The thread of a request's synchronous part, as Django does it."""
    async with seat(), ThreadSensitiveContext():
        return await sync_to_async(get_ident)()


def test_one_request_after_another_is_answered_in_the_same_thread() -> None:
    async def play() -> set[int]:
        return {await where() for _ in range(5)}

    assert len(asyncio.run(play())) == 1


def test_requests_at_the_same_time_do_not_wait_for_each_other() -> None:
    async def play() -> None:
        here = asyncio.Barrier(12)

        async def one() -> int:
            async with seat():
                await here.wait()
                return await sync_to_async(get_ident)()

        assert len(set(await asyncio.gather(*(one() for _ in range(12))))) == 12

    asyncio.run(play())
    assert len(seats._free) == seats.KEPT


def test_a_seat_is_free_again_after_a_request_that_failed() -> None:
    async def fail() -> None:
        with pytest.raises(ZeroDivisionError):
            async with seat():
                await sync_to_async(lambda: 1 / 0)()
        await where()

    asyncio.run(fail())
    assert len(seats._free) == 1
