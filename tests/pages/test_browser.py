"""The pages in a real browser: what scripts add, and that the policy lets them."""

from __future__ import annotations

import os
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from playwright.sync_api import Page, expect, sync_playwright

from aegir.models import Task
from tests import doors

CHROMIUM = os.environ.get("AEGIR_CHROMIUM") or shutil.which("chromium")
WAIT = 15_000

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
]


class Quiet(uvicorn.Server):
    """Lives in a thread, where signals cannot be caught."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@pytest.fixture
def panel(transactional_db: None) -> Iterator[str]:
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
def page(panel: str) -> Iterator[Page]:
    """Alice's browser, signed in; it ends well only if nothing was blocked or thrown on the way."""
    faults: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page()
        page.set_default_timeout(WAIT)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        doors.alice()
        page.goto(f"{panel}/tasks")
        page.get_by_label("User name").fill("alice")
        page.get_by_label("Password").fill(doors.PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Tasks")).to_be_visible()
        yield page
        browser.close()
    assert faults == []


def test_a_task_is_cancelled_from_the_page_that_follows_it(page: Page, panel: str) -> None:
    task = doors.task("queued")
    page.goto(f"{panel}/tasks/{task.pk}")
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    assert Task.objects.get(pk=task.pk).state == "cancelled"


@pytest.mark.parametrize("width", [360, 1200])
def test_no_page_is_wider_than_its_screen(page: Page, panel: str, width: int) -> None:
    doors.site("a-very-long-subdomain-name.of-some-department.university.example.org")
    task = doors.task("stuck", remedy="Remove /var/aegir/config/nginx/vhost.d/a-very-long-name.conf by hand.")
    page.set_viewport_size({"width": width, "height": 800})
    for address in ("/", "/platforms/d10", "/servers/localhost", "/tasks", f"/tasks/{task.pk}", "/install"):
        page.goto(f"{panel}{address}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
