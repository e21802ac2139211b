"""Streams of events as a browser reads them, for the tests of what open pages are told."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from asgiref.sync import async_to_sync, sync_to_async
from django.test import AsyncClient

from aegir.models import User
from tests import doors

PATIENCE = 20.0


def browser(name: str = "alice") -> AsyncClient:
    """Of somebody who is there, or comes now."""
    user = User.objects.filter(username=name).first() or getattr(doors, name)()
    client = AsyncClient()
    client.force_login(user)
    return client


class Stream:
    """An open stream, event by event."""

    def __init__(self, parts: AsyncIterator[bytes]) -> None:
        self._parts = parts
        self.last = ""

    async def event(self) -> tuple[str, str]:
        """Name and data of the next event that a page would be told of."""
        async with asyncio.timeout(PATIENCE):
            async for part in self._parts:
                fields = [line.partition(": ")[::2] for line in part.decode().splitlines()]
                self.last = dict(fields).get("id", self.last)
                if dict(fields).get("event"):
                    return dict(fields)["event"], "\n".join(text for name, text in fields if name == "data")
        return "end", ""

    async def ready(self) -> None:
        """Until its first sign: from now on nothing is missed."""
        async with asyncio.timeout(PATIENCE):
            part = await anext(self._parts)
        assert part.decode().startswith("id: ")
        self.last = part.decode().strip().removeprefix("id: ")


@asynccontextmanager
async def opened(client: AsyncClient, about: str, **headers: str) -> AsyncIterator[Stream]:
    response = await client.get(f"/live?about={about}", headers=headers)
    assert response.status_code == 200, about
    try:
        yield Stream(response.streaming_content)
    finally:
        await response._iterator.aclose()


def played(play: Callable[[], Awaitable[None]]) -> None:
    async_to_sync(play)()


aside = sync_to_async


def read(client: AsyncClient, address: str, **headers: str) -> str:
    """The whole stream, which must end."""

    async def whole() -> str:
        response = await client.get(address, headers=headers)
        return "".join([part.decode() async for part in response.streaming_content])

    return async_to_sync(whole)()
