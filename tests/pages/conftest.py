"""Browsers of the standing cast: Django's own, and real ones at a panel that really listens."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from django.test import Client
from playwright.sync_api import Browser, Page, expect

from tests import doors
from tests.live.browser import chromium, opened

__all__ = ["chromium"]


@pytest.fixture
def alice(db: None) -> Client:
    """The administrator."""
    client = Client()
    client.force_login(doors.alice())
    return client


@pytest.fixture
def bob(db: None) -> Client:
    """The user of a client: Acme."""
    client = Client()
    client.force_login(doors.bob())
    return client


@pytest.fixture
def charlie(db: None) -> Client:
    """Signed in, and always refused."""
    client = Client()
    client.force_login(doors.charlie())
    return client


class Quiet(uvicorn.Server):
    """Lives in a thread, where signals cannot be caught."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@pytest.fixture
def panel(transactional_db: None) -> Iterator[str]:
    """The address of the panel."""
    from aegir.asgi import application, through

    with socket.create_server(("127.0.0.1", 0)) as listener:
        config = uvicorn.Config(
            through("network", application),
            lifespan="off",
            log_level="error",
            timeout_graceful_shutdown=2,
        )
        server = Quiet(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield f"http://localhost:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(20)


@pytest.fixture
def page(chromium: Browser, panel: str) -> Iterator[Page]:
    """Alice's browser, signed in; it ends well only if nothing was blocked or thrown on the way."""
    doors.alice()
    with opened(chromium, panel) as page:
        page.goto(f"{panel}/tasks")
        page.get_by_label("User name").fill("alice")
        page.get_by_label("Password").fill(doors.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Tasks")).to_be_visible()
        yield page
