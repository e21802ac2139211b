"""A real Chromium, and pages of it that tell what went wrong in them. For every test that needs a browser."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    WebError,
    expect,
    sync_playwright,
)

CHROMIUM = os.environ.get("AEGIR_CHROMIUM") or shutil.which("chromium")
WAIT = 30_000
"""Milliseconds until what a test waits for counts as never coming: long, since machines may be busy."""
ENDED, ABORTED = "htmx:afterRequest, ", "htmx:sendAbort, "

needed = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed")


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    expect.set_options(timeout=WAIT)
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=flags)
        yield browser
        browser.close()


@contextmanager
def opened(chromium: Browser, panel: str) -> Iterator[Page]:
    """A page in a browser of its own, without cookies; what follows it in that browser is watched as well.

    It ends well only if no page of ``panel`` threw an error or wrote one to the console."""
    context = chromium.new_context()
    context.set_default_timeout(WAIT)
    seen = Seen(context, panel)
    page = context.new_page()
    try:
        yield page
    finally:
        context.close()
    assert seen.faults == [], seen.faults


class Seen:
    """What a browser's pages complained of."""

    def __init__(self, context: BrowserContext, panel: str) -> None:
        self.panel = panel
        self._faults: list[str] = []
        context.on("weberror", self._note_thrown)
        context.on("console", self._note_line)

    def _note_thrown(self, thrown: WebError) -> None:
        if self._ours(thrown.page.url if thrown.page else ""):
            self._faults.append(str(thrown.error))

    def _note_line(self, line: ConsoleMessage) -> None:
        """Errors alone; that a form was refused is none."""
        if line.type == "error" and self._ours(line.location["url"]) and "status of 422" not in line.text:
            self._faults.append(line.text)

    def _ours(self, address: str) -> bool:
        """What another host does is not the panel's fault."""
        return address.startswith(self.panel) or not address.startswith("http")

    @property
    def faults(self) -> list[str]:
        """What is amiss. A check of a form that was given up for a newer one, or because the page was left,
        is not: htmx tells of it in two lines. One that failed ends in another line than these, and the
        browser itself complains of it, too."""
        left: list[str] = []
        for line in self._faults:
            if line.startswith(ABORTED) and left and left[-1] == line.replace(ABORTED, ENDED):
                left.pop()
            else:
                left.append(line)
        return left
