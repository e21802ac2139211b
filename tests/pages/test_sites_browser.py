"""Pages about sites in a real browser: choices follow each other, what is typed stays, many at once; axe."""

from __future__ import annotations

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from aegir.models import Site, Task
from tests import doors
from tests.live.browser import needed
from tests.pages.sites import full

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True), needed]


def grave(page: Page) -> list[str]:
    """What axe finds that shuts somebody out."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['failureSummary'][:300]}" for each in found
            if each["impact"] in ("serious", "critical")]  # fmt: skip


def test_a_site_is_installed_by_a_form_that_helps_while_it_is_filled_in(page: Page, panel: str) -> None:
    full()
    doors.platform("d7", version="7.105", major=7, profiles=["testing7"], languages=["en"])
    page.goto(f"{panel}/install")
    page.get_by_label("Domain").fill("example.org")
    expect(page.get_by_text("already a site")).to_be_visible()
    page.get_by_label("Platform").select_option("d7")
    expect(page.get_by_label("Profile")).to_have_value("testing7")
    page.get_by_label("Platform").select_option("d10")
    expect(page.get_by_label("Profile")).to_have_value("standard")
    page.get_by_label("Profile").select_option("minimal")
    page.get_by_label("Domain").fill("new.example.org")
    expect(page.get_by_text("already a site")).to_be_hidden()
    expect(page.get_by_label("Profile")).to_have_value("minimal")
    assert grave(page) == []
    assert not Task.objects.exists()
    page.get_by_role("button", name="Install").click()
    page.wait_for_url("**/tasks/*")
    assert Site.objects.get(domain="new.example.org").profile == "minimal"


def test_many_sites_are_chosen_and_moved_and_what_is_searched_for_stays(page: Page, panel: str) -> None:
    full()
    page.goto(f"{panel}/sites")
    page.get_by_label("Domain, title").fill("example")
    page.wait_for_url("**/sites?q=example**")
    page.get_by_label("Choose example.org").check()
    page.get_by_label("Choose sister.example.org").check()
    expect(page.get_by_text("2 chosen")).to_be_visible()
    page.get_by_label("What to do with them").select_option("site_migrate")
    page.get_by_role("button", name="Do it").click()
    page.get_by_label("To which platform?").select_option("d11")
    page.get_by_role("button", name="Compare").click()
    assert grave(page) == []
    page.get_by_role("button", name="Migrate 2 sites to d11").click()
    page.wait_for_url("**/tasks")
    assert set(Task.objects.values_list("operation", flat=True)) == {"site_migrate"}
    assert Task.objects.count() == 2


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_sites_page_follows_its_tasks_and_shuts_nobody_out(page: Page, panel: str, theme: str) -> None:
    site = full()
    page.emulate_media(color_scheme=theme)
    task = doors.task("running", subject_id=site.pk)
    page.goto(f"{panel}/sites/example.org")
    expect(page.get_by_text("What you ask for now waits until it is over.")).to_be_visible()
    assert grave(page) == []
    Task.objects.filter(pk=task.pk).update(state="succeeded", ended_at=timezone.now())
    expect(page.get_by_text("What you ask for now waits")).to_be_hidden()
    for width in (390, 1200):
        page.set_viewport_size({"width": width, "height": 800})
        for below in ("", "/aliases", "/backups", "/packages", "/history", "/migrate?platform=d11", "/undo"):
            page.goto(f"{panel}/sites/example.org{below}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width, below
