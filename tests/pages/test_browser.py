"""What counts as a fault of a page: the watch that every test with a browser keeps, is itself tested here."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Page, Route, expect

from aegir.models import Default, feature
from tests import doors
from tests.live.browser import needed, opened

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), needed]


@pytest.fixture
def form(panel: str) -> str:
    """A form that is judged while it is filled in, and anybody may see."""
    doors.site("taken.example.org")
    feature.switch("signup", True)
    Default.objects.create(name="mail_host", value="mail.example.org")
    Default.objects.create(name="mail_from", value="aegir@example.org")
    return f"{panel}/sign-up"


def checks(route: Route) -> bool:
    return "x-aegir-check" in route.request.headers


def test_a_check_given_up_for_a_newer_one_or_with_its_page_is_no_fault(
    chromium: Browser, panel: str, form: str
) -> None:
    waiting: list[Route] = []
    lines: list[str] = []
    with opened(chromium, panel) as page:
        page.on("console", lambda line: lines.append(line.text))
        page.goto(form)
        page.route("**/sign-up", lambda route: waiting.append(route) if checks(route) else route.continue_())
        for text in ("taken", "taken.example.org"):
            with page.expect_request(lambda request: "x-aegir-check" in request.headers):
                page.get_by_label("Domain of your site").fill(text)
        page.get_by_role("button", name="Send the mail").click()
        expect(page.locator("#said-domain")).to_contain_text("taken")
    assert len([line for line in lines if line.startswith("htmx:sendAbort")]) >= 2
    assert len(waiting) >= 2


def throw(page: Page) -> None:
    with page.expect_event("pageerror"):
        page.evaluate("setTimeout(() => { throw new Error('broken'); }, 0)")


def complain(page: Page) -> None:
    with page.expect_event("console"):
        page.evaluate("console.error('htmx:sendAbort, by itself')")


def take_from_elsewhere(page: Page) -> None:
    with page.expect_event("console"):
        page.evaluate(
            "document.body.append(Object.assign(new Image(), {src: 'http://elsewhere.example/x.png'}))"
        )


def lose_a_check(page: Page) -> None:
    page.route("**/sign-up", lambda route: route.abort())
    fill_in(page)


def break_a_check(page: Page) -> None:
    page.route("**/sign-up", lambda route: route.fulfill(status=500))
    fill_in(page)


def fill_in(page: Page) -> None:
    with page.expect_console_message(lambda line: "Failed to load" in line.text):
        page.get_by_label("Domain of your site").fill("new.example.org")


@pytest.mark.parametrize(
    ("harm", "told"),
    [
        (throw, "broken"),
        (complain, "by itself"),
        (take_from_elsewhere, "img-src"),
        (lose_a_check, "sendError"),
        (break_a_check, "status of 500"),
    ],
)
def test_what_goes_wrong_in_a_page_fails_its_test(
    chromium: Browser, panel: str, form: str, harm: Callable[[Page], None], told: str
) -> None:
    def use() -> None:
        with opened(chromium, panel) as page:
            page.goto(form)
            harm(page)

    with pytest.raises(AssertionError, match=told):
        use()
