"""A site's whole life in the panel of a real Aegir and in a real browser: as administrator and as client."""

from __future__ import annotations

import json
import re

import pytest
from playwright.sync_api import Browser, expect

from tests.embedded.instance import Instance, eventually, own
from tests.live import mail
from tests.live.browser import chromium, needed
from tests.panel_life import SITE, Person, Releases, house, releases, sitting
from tests.test_end_to_end import front_page, said

__all__ = ["chromium", "house", "own", "releases"]

pytestmark = [pytest.mark.live, pytest.mark.browser, needed]
COPY = "copy.localhost"


def test_a_sites_life_in_the_panel(house: Instance, releases: Releases, chromium: Browser) -> None:
    with sitting(house, chromium, said(house, "admin link").strip()) as alice:
        add_platforms(alice, house)
        install(alice, house, releases.profile)
        log_in_to_the_site(alice, house)
        clone(alice, house)
        fail_to_migrate(alice, house, releases)
        migrate(alice, house, releases)
        restore_and_undo(alice, house)
        with sitting(house, chromium, link_for_a_client(house)) as bob:
            sees_his_own_alone(bob)
            bob.goes(f"/sites/{COPY}")
            log_in_to_the_site(bob, house, COPY)
            disable_and_delete(bob, house, COPY)
            assert found(house, SITE) == ("enabled", "good", 200)
        disable_and_delete(alice, house)


def add_platforms(alice: Person, house: Instance) -> None:
    for name in ("first", "broken", "good"):
        alice.goes("/platforms")
        alice.follows("Add a platform")
        alice.fills(Name=name, Path_of_the_codebase=str(house.home / "platforms" / name))
        alice.presses("Add it")
        alice.watches()
        alice.follows(name, within="")
        alice.reads("Codebase")


def install(alice: Person, house: Instance, profile: str) -> None:
    alice.goes("/sites")
    alice.follows("Install a site")
    alice.fills(Domain=SITE)
    alice.page.get_by_label("Platform").select_option("first")
    alice.page.get_by_label("Profile").select_option(profile)
    alice.page.get_by_text("More choices").click()
    alice.page.get_by_label("Database").select_option("sqlite")
    alice.presses("Install")
    alice.watches()
    expect(alice.steps.filter(has_text="nstall").first).to_contain_text("done")
    expect(alice.page.locator("#log").get_by_role("listitem").first).to_be_visible()
    assert found(house, SITE) == ("enabled", "first", 200)


def log_in_to_the_site(person: Person, house: Instance, domain: str = SITE) -> None:
    """From where he is: the page of the task that installed it, or its own."""
    with person.page.expect_popup() as opening:
        person.follows("Log in to site")
    site = opening.value
    expect(site).to_have_url(re.compile(rf"^http://{domain}:{house.http_port}/user/"))
    answer = site.goto(f"http://{domain}:{house.http_port}/admin")
    assert answer is not None
    assert answer.status == 200
    site.close()


def clone(alice: Person, house: Instance) -> None:
    alice.does("Clone")
    alice.fills(Domain_of_the_copy=COPY)
    alice.presses("Clone")
    alice.watches()
    assert found(house, COPY) == ("enabled", "first", 200)


def choose(alice: Person, platform: str, told: str) -> None:
    alice.does("Migrate")
    alice.page.get_by_label("To which platform?").select_option(platform)
    alice.presses("Compare")
    alice.reads(f"first beside {platform}")
    alice.reads(told)
    alice.presses("Migrate")


def fail_to_migrate(alice: Person, house: Instance, releases: Releases) -> None:
    choose(alice, "broken", releases.told)
    alice.watches("failed and undone")
    alice.reads(releases.update)
    alice.reads("Everything is as it was before.")
    expect(alice.steps.filter(has_text="undone").first).to_be_visible()
    assert found(house, SITE) == ("enabled", "first", 200)


def migrate(alice: Person, house: Instance, releases: Releases) -> None:
    choose(alice, "good", releases.told)
    alice.watches()
    assert found(house, SITE) == ("enabled", "good", 200)


def restore_and_undo(alice: Person, house: Instance) -> None:
    alice.goes(f"/sites/{SITE}")
    alice.page.get_by_role("navigation", name="Sections").get_by_role("link", name="Backups").click()
    alice.page.get_by_role("link", name=re.compile("Restore backup")).first.click()
    alice.presses("Restore")
    alice.watches()
    assert found(house, SITE) == ("enabled", "first", 200)
    alice.goes(f"/sites/{SITE}")
    alice.reads("What it could go back to")
    alice.follows("Undo …")
    alice.presses("Go back")
    alice.watches()
    assert found(house, SITE) == ("enabled", "good", 200)


def link_for_a_client(house: Instance) -> str:
    """Make a client that owns the copy, and a user of it; the link in the mail that welcomes him."""
    said(house, "client add acme --email it@acme.example")
    said(house, "user add bob --email bob@acme.example")
    said(house, "client join acme bob")
    said(house, f"site give {COPY} acme")
    with mail.serving() as post:
        said(house, "setting set mail_host 127.0.0.1")
        said(house, f"setting set mail_port {post.port}")
        said(house, "setting set mail_from aegir@house.example")
        said(house, "user welcome bob")
        eventually(lambda: post.mails)
        text = post.mails[0].get_content()
    found = re.search(r"http\S+/sign-in/\S+", text)
    assert found, text
    return found.group()


def sees_his_own_alone(bob: Person) -> None:
    bob.goes("/sites")
    bob.reads(COPY)
    expect(bob.page.get_by_role("main")).not_to_contain_text(SITE)
    menu = bob.page.get_by_role("navigation", name="Main")
    expect(menu.get_by_role("link", name="Sites")).to_be_visible()
    for shut in ("Servers", "Users", "Settings", "Audit"):
        expect(menu.get_by_role("link", name=shut)).to_have_count(0)
    bob.follows(COPY)
    bob.reads("Log in to site")
    for path in (f"/sites/{SITE}", f"/sites/{SITE}/delete", "/settings"):
        answer = bob.page.request.get(bob.panel + path)
        assert answer.status in (403, 404), path
        assert "first" not in answer.text(), path


def disable_and_delete(person: Person, house: Instance, domain: str = SITE) -> None:
    person.does("Disable", domain)
    person.presses("Disable")
    person.watches()
    assert front_page(house, domain) == 503
    person.does("Delete", domain)
    person.fills(**{f"Type {domain} to confirm": "another.localhost"})
    person.presses("Delete")
    person.reads(f"Nothing was changed: type {domain} to confirm.")
    person.fills(**{f"Type {domain} to confirm": domain})
    person.presses("Delete")
    person.watches()
    person.goes("/sites")
    expect(person.page.get_by_role("main")).not_to_contain_text(domain)
    assert front_page(house, domain) == 0


def found(house: Instance, domain: str) -> tuple[str, str, int]:
    """State and platform of a site, and how it answers."""
    shown = json.loads(said(house, f"site show {domain} --json"))
    return shown["state"], shown["platform"], front_page(house, domain)
