"""What the audit hears of requests, however they end."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator

from aegir.api import queues
from aegir.asgi import application
from aegir.engine import ledger
from aegir.models import ApiToken, AuditEntry, Queue
from tests import doors

pytestmark = pytest.mark.django_db(transaction=True)


class Slow:
    """Pauses a queue only once it is told to go on."""

    def __init__(self) -> None:
        self.entered, self.onward = threading.Event(), threading.Event()

    def pause(self, queue: str, by: str) -> None:
        self.entered.set()
        assert self.onward.wait(60)
        ledger.pause(queue, by)


def scope(token: str) -> dict[str, Any]:
    """A request to pause the main queue, as the web server passes it on."""
    return {
        "type": "http", "http_version": "1.1", "method": "POST", "path": "/api/queues/main/pause",
        "raw_path": b"/api/queues/main/pause", "query_string": b"", "scheme": "http", "root_path": "",
        "headers": [(b"host", b"localhost"), (b"authorization", f"Bearer {token}".encode())],
        "client": ("192.0.2.7", 5555), "server": ("localhost", 8000),
    }  # fmt: skip


async def broken_off(slow: Slow, token: str) -> None:
    """Ask, and go away while it is being done."""
    asker = ApplicationCommunicator(application, scope(token))
    await asker.send_input({"type": "http.request", "body": b"", "more_body": False})
    assert await asyncio.to_thread(slow.entered.wait, 60)
    await asker.send_input({"type": "http.disconnect"})
    while not any(task.cancelling() for task in asyncio.all_tasks()):
        await asyncio.sleep(0.01)
    slow.onward.set()
    await asker.wait(60)


def test_what_was_done_for_somebody_who_went_away_is_written_down(monkeypatch: pytest.MonkeyPatch) -> None:
    slow = Slow()
    monkeypatch.setattr(queues, "ledger", slow)
    _, token = ApiToken.mint(doors.alice(), "deploy", ["all"], 1)
    async_to_sync(broken_off)(slow, token)
    assert Queue.objects.get(name="main").paused
    entry = AuditEntry.objects.get(action="queue_pause")
    assert (entry.actor, entry.door, entry.outcome) == ("alice (token deploy)", "token", "done")
    assert entry.address == "192.0.2.7"
