"""Where the synchronous part of a request is done: in a thread with a database connection that the next
request finds there again. Django's own way is a thread for each request, and with it a new connection.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager

from asgiref.sync import ThreadSensitiveContext
from django.db import connections

KEPT = 8
"""How many threads wait for the next request; as many as there are requests at a time may be busy."""

_free: list[ThreadPoolExecutor] = []


@asynccontextmanager
async def seat() -> AsyncIterator[None]:
    """While a request is answered: a thread for it alone, of those that are free the one used last."""
    thread = _free.pop() if _free else ThreadPoolExecutor(1, thread_name_prefix="request")
    try:
        async with ThreadSensitiveContext(executor=thread):
            yield
    finally:
        if len(_free) < KEPT:
            _free.append(thread)
        else:
            thread.submit(connections.close_all)
            thread.shutdown(wait=False)
