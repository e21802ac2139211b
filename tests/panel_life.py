"""People at the panel of a real Aegir, in real browsers, and the codebases that it is given."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.codebases import OURS, REAL, copied
from tests.drupal.application import upgraded
from tests.embedded.instance import Instance
from tests.live.browser import opened

SITE = "life.localhost"
OVER = re.compile("succeeded|failed|cancelled")
PATIENCE = 300_000
"""Milliseconds for a task."""
BROKEN = "function %s() { throw new \\RuntimeException('This update is broken.'); }\n"


@dataclass(frozen=True)
class Releases:
    """Two codebases, of which the second is newer or the same."""

    first: Path
    next: Path
    profile: str
    updates: str
    """The file in which the second is given an update that fails."""
    update: str
    told: str
    """What is read when they are compared."""


_TEN, _SEVEN = "web/core/modules/system/system.install", "modules/system/system.install"
_real = [
    pytest.mark.drupal,
    pytest.mark.skipif("AEGIR_LIFE" not in os.environ, reason="Takes minutes: set AEGIR_LIFE to run it."),
]
RELEASES = [
    Releases(OURS / "ten", OURS / "ten", "studio", _TEN, "system_update_10999", "1.5.0"),
    pytest.param(
        Releases(REAL / "drupal-10.1.6", REAL / "drupal-10.1.6", "standard", _TEN, "system_update_10999", ""),
        marks=_real,
    ),
    pytest.param(
        Releases(
            REAL / "drupal-7.98", REAL / "drupal-7.105", "standard", _SEVEN, "system_update_7999", "7.105"
        ),
        marks=_real,
    ),
]


class Person:
    """Somebody at the panel, with a browser of his own."""

    def __init__(self, page: Page, panel: str) -> None:
        self.page, self.panel = page, panel

    def goes(self, path: str) -> None:
        answer = self.page.goto(self.panel + path)
        assert answer is not None
        assert answer.status == 200, f"{path} answered {answer.status}"

    def follows(self, name: str, within: str = "") -> None:
        """Click a link; ``within`` names the part of the page, where more have that name."""
        self._place(within).get_by_role("link", name=name).first.click()

    def presses(self, name: str) -> None:
        self.page.locator("main").get_by_role("button", name=name, exact=True).click()

    def fills(self, **fields: str) -> None:
        """Fill in a form by its labels, of which ``_`` is a space."""
        for label, text in fields.items():
            self.page.get_by_label(label.replace("_", " "), exact=True).fill(text)

    def reads(self, text: str | re.Pattern[str]) -> None:
        expect(self.page.get_by_role("main")).to_contain_text(text)

    def watches(self, end: str = "succeeded") -> None:
        """The page of the task that was just asked for, until it is over; it is not loaded anew meanwhile."""
        self.page.wait_for_url("**/tasks/*")
        expect(self.state).to_have_text(OVER, timeout=PATIENCE)
        expect(self.state).to_have_text(end)
        expect(self.steps.first).not_to_have_class("waiting")

    def does(self, verb: str, domain: str = SITE) -> None:
        """Open one of the things that can be done to a site, from its page."""
        self.goes(f"/sites/{domain}")
        self.follows(f"{verb} …")

    @property
    def state(self) -> Locator:
        return self.page.locator("#task").get_by_role("status")

    @property
    def steps(self) -> Locator:
        return self.page.get_by_role("region", name="Steps").get_by_role("listitem")

    def _place(self, region: str) -> Locator:
        main = self.page.get_by_role("main")
        return main.get_by_role("region", name=region) if region else main


@pytest.fixture(params=RELEASES, ids=lambda releases: releases.first.name)
def releases(request: pytest.FixtureRequest) -> Releases:
    chosen: Releases = request.param
    if not (chosen.first.is_dir() and chosen.next.is_dir()):
        pytest.skip(
            f"{chosen.first.name} and {chosen.next.name} are not under {REAL} (AEGIR_DRUPAL_CODEBASES)."
        )
    return chosen


@pytest.fixture
def house(own: Instance, releases: Releases) -> Instance:
    """An Aegir that is up, with three codebases that it has not been told of yet; in one, an update fails."""
    own.up()
    platforms = own.home / "platforms"
    copied(releases.first, platforms / "first").chmod(0o755)
    for name in ("good", "broken"):
        copied(releases.next, platforms / name).chmod(0o755)
        if releases.next == OURS / "ten":
            upgraded(platforms / name)
    installs = platforms / "broken" / releases.updates
    installs.write_text(f"{installs.read_text()}\n{BROKEN % releases.update}")
    return own


@contextmanager
def sitting(house: Instance, chromium: Browser, link: str) -> Iterator[Person]:
    """Somebody who follows a sign-in link; if he stops half-way, what he last saw is printed, and why."""
    panel = "/".join(link.split("/")[:3])
    with opened(chromium, panel) as page:
        try:
            page.goto(link)
            page.get_by_role("button", name="Sign in").click()
            expect(page.get_by_role("navigation", name="Main")).to_be_visible()
            yield Person(page, panel)
        except BaseException:
            log = (house.home / "log/panel.log").read_text()[-5000:]
            print(page.url, page.locator("body").inner_text(), log, sep="\n\n")  # noqa: T201
            raise
