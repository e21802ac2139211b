"""Where a request is answered: what needs no event loop, on one thread from beginning to end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.test import Client

from aegir import seats
from aegir.asgi import application, through
from aegir.seats import Seats
from tests import doors

pytestmark = pytest.mark.django_db(transaction=True)


class Counted(Seats):
    """Seats that count how often they were taken."""

    def __init__(self) -> None:
        super().__init__(4)
        self.taken = 0

    def submit(self, work: Callable[..., Any], /, *given: Any, **named: Any) -> Any:
        self.taken += 1
        return super().submit(work, *given, **named)


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Counted]:
    made = Counted()
    monkeypatch.setattr(seats, "_seats", made)
    yield made
    made.shutdown()


def asked(path: str) -> int:
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
        asker = ApplicationCommunicator(through("network", application), scope)
        await asker.send_input({"type": "http.request", "body": b"", "more_body": False})
        status: int = (await asker.receive_output(60))["status"]
        await asker.receive_output(60)
        await asker.wait(60)
        return status

    return async_to_sync(play)()


@pytest.mark.parametrize("path", ["/sites", "/api/sites", "/nowhere"])
def test_a_page_goes_to_a_thread_once_with_all_its_middleware(counted: Counted, path: str) -> None:
    doors.site()
    assert asked(path) == (404 if path == "/nowhere" else 200)
    assert counted.taken <= 3, "before, the answer, after"
