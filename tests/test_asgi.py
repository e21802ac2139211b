"""Where a request is answered: what needs no event loop, on one thread from beginning to end."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import SyncToAsync
from asgiref.testing import ApplicationCommunicator
from django.core.handlers.asgi import ASGIHandler
from django.test import Client

from aegir.asgi import App, application, through
from tests import doors

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> list[SyncToAsync[..., Any]]:
    """Each way from the event loop to a thread and back."""
    gone: list[SyncToAsync[..., Any]] = []
    own = SyncToAsync.__call__

    async def noted(self: SyncToAsync[..., Any], *given: Any, **named: Any) -> Any:
        gone.append(self)
        return await own(self, *given, **named)

    monkeypatch.setattr(SyncToAsync, "__call__", noted)
    return gone


def asked(app: App, path: str) -> int:
    """The status of what a signed-in administrator is answered."""
    client = Client()
    client.force_login(doors.alice())
    cookie = f"aegir_session={client.cookies['aegir_session'].value}".encode()
    scope: dict[str, Any] = {
        "type": "http", "http_version": "1.1", "method": "GET", "path": path, "raw_path": path.encode(),
        "query_string": b"", "scheme": "http", "root_path": "", "client": ("192.0.2.7", 5555),
        "server": ("localhost", 8000), "headers": [(b"host", b"localhost"), (b"cookie", cookie)],
    }  # fmt: skip

    async def play() -> int:
        asker = ApplicationCommunicator(through("network", app), scope)
        await asker.send_input({"type": "http.request", "body": b"", "more_body": False})
        status: int = (await asker.receive_output(60))["status"]
        await asker.receive_output(60)
        await asker.wait(60)
        return status

    return asyncio.run(play())


@pytest.mark.parametrize("path", ["/sites", "/api/sites", "/nowhere"])
def test_a_page_goes_to_a_thread_once_with_all_its_middleware(
    ways: list[SyncToAsync[..., Any]], path: str
) -> None:
    doors.site()
    assert asked(application, path) == (404 if path == "/nowhere" else 200)
    assert len(ways) <= 3, "before, the answer, after"


def test_without_our_handler_it_would_go_many_times(ways: list[SyncToAsync[..., Any]]) -> None:
    assert asked(ASGIHandler(), "/sites") == 200
    assert len(ways) > 10
