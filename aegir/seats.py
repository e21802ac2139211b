"""Where the synchronous parts of requests are done: in a few threads whose database connections stay.

Django's own way is a thread for each request, and with it a new connection: as many requests at a time as
somebody likes to make, but a database has only so many connections. Here whoever finds all seats taken waits.
A seat is taken only while something is done on it: a client who is slow to say what he wants, or slow to take
in the answer, and a stream that is open for long, have none.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from asgiref.sync import ThreadSensitiveContext
from django.db import connections

SEATS = 16
"""More would not be quicker, since Python does one thing at a time; some wait for the database or a provider
of accounts. A standard PostgreSQL has 100 connections, for workers and the people's own tools besides."""

Result = TypeVar("Result")


class Seats(ThreadPoolExecutor):
    """Threads that begin each piece of work with a connection that is good.

    The pieces of one request come one after the other, each in whatever thread is free: none may leave
    behind what a later one wants to find in its thread, such as an open transaction.
    """

    def submit(self, work: Callable[..., Result], /, *given: Any, **named: Any) -> Future[Result]:
        return super().submit(_settled, work, *given, **named)


def _settled(work: Callable[..., Result], *given: Any, **named: Any) -> Result:
    for connection in connections.all(initialized_only=True):
        connection.close_if_unusable_or_obsolete()
    return work(*given, **named)


_seats = Seats(SEATS, thread_name_prefix="request")


@asynccontextmanager
async def seated() -> AsyncIterator[None]:
    """While a request is answered: its synchronous parts are done on the seats."""
    async with ThreadSensitiveContext(executor=_seats):
        yield
