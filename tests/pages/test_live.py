"""Pages in a real browser: what changes without being reloaded, and whether everybody can use them."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from aegir.models import Site, Task, TaskStep
from aegir.pages import watching
from tests import doors
from tests.live.browser import needed

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), needed]

PAGES = ["/", "/tasks", "/platforms", "/platforms/d10", "/add", "/install", "/servers", "/servers/localhost"]
PAGES += ["/queues", "/packages", "/backups", "/fleets", "/platforms/d10/move-sites"]
PAGES += ["/credentials", "/advisories"]


def test_a_tasks_page_fills_as_its_task_goes_on(page: Page, panel: str) -> None:
    task = doors.task("running")
    page.goto(f"{panel}/tasks/{task.pk}")
    expect(page.get_by_text("all is well")).to_have_count(1)
    TaskStep.objects.create(task=task, position=2, path="x:Y", summary="Install Drupal", state="doing")
    expect(page.get_by_text("Install Drupal")).to_be_visible()
    task.lines.create(level="warning", text="the <b>first</b> word")
    expect(page.get_by_text("the <b>first</b> word")).to_be_visible()
    task.lines.create(level="info", text="the last word")
    Task.objects.filter(pk=task.pk).update(state="failed", error="No room was left.")
    expect(page.get_by_text("the last word")).to_be_visible()
    expect(page.get_by_text("No room was left.")).to_be_visible()
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    expect(page.get_by_text("all is well")).to_have_count(1)
    page.get_by_role("link", name="Warnings and errors").click()
    expect(page.get_by_text("the last word")).to_have_count(0)
    expect(page.get_by_text("the <b>first</b> word")).to_have_count(1)


def test_lists_and_the_first_page_follow_what_happens(page: Page, panel: str) -> None:
    site = doors.site()
    page.goto(f"{panel}/tasks")
    expect(page.get_by_text("Nothing was done yet")).to_be_visible()
    doors.task("queued", subject_name="other.net")
    page.get_by_role("searchbox", name="Site, platform or person").fill("exam")
    expect(page).to_have_url(re.compile("q=exam"))
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    task = doors.task("queued", subject_id=site.pk)
    expect(page.get_by_role("link", name="example.org")).to_be_visible()
    box = page.get_by_label(f"Choose task {task.pk}")
    box.check()
    what = page.get_by_label("What to do with them")
    what.select_option(index=1)
    wanted = what.input_value()
    Task.objects.filter(pk=task.pk).update(state="running")
    expect(page.locator("#rows .state.is-running")).to_be_visible()
    expect(box).to_be_checked()
    expect(what).to_have_value(wanted)
    page.get_by_label("State", exact=True).select_option("running")
    expect(page).to_have_url(re.compile("q=exam.*state=running"))
    expect(box).to_be_checked()
    page.get_by_label("State", exact=True).select_option("failed")
    expect(page.get_by_text("Nothing matches")).to_be_visible()
    page.get_by_label("State", exact=True).select_option("")
    expect(page.get_by_label("Operation", exact=True)).to_have_value("")
    expect(page.get_by_role("searchbox", name="Site, platform or person")).to_have_value("exam")
    page.goto(panel)
    expect(page.get_by_role("region", name="Now").get_by_text("running")).to_be_visible()
    Task.objects.update(state="succeeded")
    Site.objects.filter(pk=site.pk).update(cron_error="PHP ran out of memory")
    expect(page.get_by_text("Nothing runs and nothing waits.")).to_be_visible()
    expect(page.get_by_text("PHP ran out of memory")).to_be_visible()


def test_everything_is_reached_with_the_keyboard_alone(page: Page, panel: str) -> None:
    task = doors.task("queued")
    page.goto(f"{panel}/tasks/{task.pk}")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to content")).to_be_focused()
    page.keyboard.press("Enter")
    for _ in range(6):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.id") == "cancel-it":
            break
    expect(page.get_by_role("button", name="Cancel")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Try again")).to_be_visible()
    assert Task.objects.get(pk=task.pk).state == "cancelled"


def test_the_menu_of_a_telephone_opens(page: Page, panel: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(panel)
    queues = page.get_by_role("navigation", name="Main").get_by_role("link", name="Queues")
    expect(queues).to_be_hidden()
    page.get_by_role("button", name="Menu", exact=True).click()
    expect(page.locator("#menu.collapse.show")).to_be_visible()  # what still moves is missed by a click
    queues.click()
    expect(page.get_by_role("heading", name="Queues", exact=True)).to_be_visible()


def test_a_checker_of_accessibility_finds_nothing_serious(page: Page, panel: str) -> None:
    d10 = doors.platform(problems=["The module «old» is there twice."])
    site = doors.site(on=d10, cron_error="PHP ran out of memory")
    stuck = doors.task("stuck", subject_id=site.pk, error="No room.", remedy="Make room, then resume.")
    stuck.lines.create(level="error", text="No room.")
    stuck.lines.create(level="warning", text="It is getting full.")
    running = doors.task("running", subject_id=site.pk)
    doors.task("queued", subject_kind="platform", subject_id=d10.pk)
    doors.backup(site)
    for where in (d10, doors.platform("d11", version="11.0.1", major=11)):
        doors.package("drupal", "core", where.version, platform=where)
    doors.package("views", version="8.x-1.0", site=site)
    own = [f"/tasks/{stuck.pk}", f"/tasks/{running.pk}", "/platforms/d10/share", "/platforms/d10/delete"]
    own.append(f"/sites/{site.domain}/compare?with=d11")
    serious = []
    for address in (*PAGES, *own):
        page.emulate_media(color_scheme="light")
        page.goto(f"{panel}{address}")
        serious += [f"{address} {each}" for each in violations(page)]
        page.emulate_media(color_scheme="dark")  # where nothing but the colours is another
        page.reload()
        serious += [f"{address} in the dark {each}" for each in violations(page, "color-contrast")]
    assert serious == []


def violations(page: Page, *rules: str) -> list[str]:
    """What the checker finds that is serious; by all its rules, or by these alone."""
    options: dict[str, object] = {"resultTypes": ["violations"]}
    if rules:
        options["runOnly"] = {"type": "rule", "values": [*rules]}
    return [
        f"{each['id']}: {node['html'][:150]}"
        for each in Axe().run(page, options=options).response["violations"]
        if each["impact"] in ("serious", "critical")
        for node in each["nodes"]
    ]


def test_no_page_is_wider_than_its_screen(page: Page, panel: str) -> None:
    site = doors.site("a-very-long-subdomain-name.of-some-department.university.example.org")
    doors.task("warned", subject_name=site.domain, subject_id=site.pk)
    task = doors.task("stuck", remedy="Remove /var/aegir/config/nginx/vhost.d/a-very-long-name.conf by hand.")
    doors.backup(site)
    for address in (*PAGES, f"/tasks/{task.pk}"):
        for width in (360, 1200):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(f"{panel}{address}")
            needed = page.evaluate("document.documentElement.scrollWidth")
            assert needed <= width, f"{address} on {width} pixels"


HIDE = """(hidden) => {
  Object.defineProperty(document, "hidden", { configurable: true, get: () => hidden });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
"""What a browser does when another tab is chosen: one without a window shows all of them."""


def test_a_hidden_page_holds_no_stream_and_catches_up_when_it_is_shown(page: Page, panel: str) -> None:
    site = doors.site()
    page.goto(f"{panel}/tasks")
    first = doors.task("queued", subject_id=site.pk)
    expect(page.get_by_label(f"Choose task {first.pk}")).to_be_visible()
    page.evaluate(HIDE, True)
    watched(page, False)
    later = doors.task("queued", subject_id=site.pk)
    page.evaluate(HIDE, False)
    expect(page.get_by_label(f"Choose task {later.pk}")).to_be_visible()
    watched(page, True)
    last = doors.task("queued", subject_id=site.pk)
    expect(page.get_by_label(f"Choose task {last.pk}")).to_be_visible()


def test_the_log_of_a_task_goes_on_where_it_was_when_its_page_was_hidden(page: Page, panel: str) -> None:
    task = doors.task("running")
    page.goto(f"{panel}/tasks/{task.pk}")
    task.lines.create(level="info", text="line number one")
    expect(page.get_by_text("line number one")).to_be_visible()
    page.evaluate(HIDE, True)
    watched(page, False)
    task.lines.create(level="info", text="line number two")
    page.evaluate(HIDE, False)
    expect(page.get_by_text("line number two")).to_be_visible()
    Task.objects.filter(pk=task.pk).update(state="failed", error="No room was left.")
    expect(page.get_by_text("No room was left.")).to_be_visible()
    for text in ("all is well", "line number one", "line number two"):
        expect(page.get_by_text(text)).to_have_count(1)


def watched(page: Page, wanted: bool) -> None:
    """Wait until somebody, or nobody, reads a stream of the panel."""
    for _ in range(300):
        if any(watcher.readers for watcher in list(watching._watchers.values())) == wanted:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"streams are {'still' if not wanted else 'not'} open")
