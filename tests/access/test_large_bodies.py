"""A body that is too large is not taken in, however it is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.conf import settings

from aegir.asgi import application, through
from aegir.models import ApiToken, AuditEntry, Client
from tests import doors

pytestmark = pytest.mark.django_db(transaction=True)
PIECE = b" " * 65536
ENOUGH = settings.DATA_UPLOAD_MAX_MEMORY_SIZE // len(PIECE) + 1
"""Pieces that are too much together."""


@asynccontextmanager
async def asking(
    path: str, token: str, *headers: tuple[bytes, bytes]
) -> AsyncIterator[ApplicationCommunicator]:
    """A request to change something, without its body yet."""
    scope: dict[str, Any] = {
        "type": "http", "http_version": "1.1", "method": "POST", "path": path, "raw_path": path.encode(),
        "query_string": b"", "scheme": "http", "root_path": "", "client": ("192.0.2.7", 5555),
        "server": ("localhost", 8000),
        "headers": [(b"host", b"localhost"), (b"authorization", f"Bearer {token}".encode()),
                    (b"content-type", b"application/json"), *headers],
    }  # fmt: skip
    asker = ApplicationCommunicator(through("network", application), scope)
    yield asker
    await asker.wait(60)


async def sent_in_pieces(path: str, token: str, pieces: int) -> tuple[int, int]:
    """The status, and how many of the pieces were left unread."""
    async with asking(path, token) as asker:
        for _ in range(pieces):
            await asker.send_input({"type": "http.request", "body": PIECE, "more_body": True})
        start = await asker.receive_output(60)
        while (await asker.receive_output(60)).get("more_body"):
            continue
        return start["status"], asker.input_queue.qsize()


async def announced(token: str) -> tuple[int, bool]:
    """The status of a request that says beforehand how large it is, and whether it is to close."""
    async with asking("/api/clients", token, (b"content-length", b"10000000000")) as asker:
        start = await asker.receive_output(60)
        await asker.receive_output(60)
        return start["status"], (b"Connection", b"close") in start["headers"]


async def small(token: str) -> int:
    async with asking("/api/clients", token) as asker:
        half = b'{"name": "acme", "email"', b': "it@acme.example"}'
        await asker.send_input({"type": "http.request", "body": half[0], "more_body": True})
        await asker.send_input({"type": "http.request", "body": half[1], "more_body": False})
        status: int = (await asker.receive_output(60))["status"]
        await asker.receive_output(60)
        return status


@pytest.fixture
def token() -> str:
    return ApiToken.mint(doors.alice(), "deploy", ["all"], 1)[1]


@pytest.mark.parametrize("path", ["/api/clients", "/sign-in", "/nowhere"])
def test_no_more_is_read_of_a_body_in_pieces_than_is_allowed(token: str, path: str) -> None:
    assert async_to_sync(sent_in_pieces)(path, token, ENOUGH + 5) == (413, 5)
    assert AuditEntry.objects.get().outcome == "refused"


def test_nothing_is_read_of_a_body_that_is_announced_as_too_large(token: str) -> None:
    assert async_to_sync(announced)(token) == (413, True)


def test_a_small_body_in_pieces_is_understood(token: str) -> None:
    assert async_to_sync(small)(token) == 201
    assert Client.objects.get().name == "acme"
