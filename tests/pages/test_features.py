"""The page about optional parts."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from aegir.models import AuditEntry, Subscription, User, default, feature
from aegir.models.feature import PARTS
from tests import doors
from tests.pages.fields import menu
from tests.pages.streams import aside, browser, played

pytestmark = pytest.mark.django_db

GONE = {
    "clients": ("get", "/clients"),
    "signup": ("get", "/sign-up"),
    "passkeys": ("get", "/sign-in/passkey"),
    "notifications": ("get", "/notifications"),
    "webhooks": ("post", "/notifications/{hook}/secret"),
    "metrics": ("get", "/metrics"),
    "advisories": ("get", "/advisories"),
}
"""Parts with an address of their own, which is not there while they are off."""
SITES = {
    "cron": "/sites/example.org/cron-interval",
    "rehearsals": "/sites/example.org/rehearse",
    "drush": "/sites/example.org/drush",
}
"""Parts that are something to do to a site, at addresses of its own."""
WITHIN = {
    "quotas": ("/new/client", 'name="quota"'),
    "tokens": ("/account", 'action="/account/tokens"'),
    "openid": ("/sign-in", "/sign-in/provider"),
}
"""Parts of a page."""
AHEAD = {"fleets"}
"""Parts whose pages are still to come."""
IN_THE_MENU = ("clients", "notifications", "advisories")


def off(name: str) -> None:
    """Switch it off, and first whatever relies on it."""
    for other, part in PARTS.items():
        if name in part.needs:
            feature.switch(other, False)
    feature.switch(name, False)


def shown(alice: Client, name: str) -> str:
    """What the page says about a part."""
    page = alice.get("/features").content.decode()
    found = re.search(rf'<li class="list-group-item" id="{name}">(.*?)</li>', page, re.S)
    assert found
    return found.group(1)


def test_every_part_is_on_the_page_with_what_goes_without_it(alice: Client) -> None:
    for name, part in PARTS.items():
        assert part.title in shown(alice, name)
        assert "Off, this is gone:" in shown(alice, name), name


def test_a_part_is_switched_off_and_on_again(alice: Client) -> None:
    for on, said in (("no", "Switch on"), ("yes", "Switch off")):
        assert alice.post("/features/drush", {"on": on})["Location"] == "/features"
        assert feature.on("drush") == (on == "yes")
        assert said in shown(alice, "drush")
    entries = AuditEntry.objects.filter(action="feature_switch", about="drush").order_by("pk")
    assert [row.details["on"] for row in entries] == [False, True]


def test_what_others_rely_on_stays_and_what_lacks_something_waits(alice: Client) -> None:
    assert "Switch Webhooks off first." in shown(alice, "notifications")
    assert alice.post("/features/notifications", {"on": "no"}).status_code == 422
    assert feature.on("notifications")
    off("notifications")
    assert "Switch Notifications on first." in shown(alice, "webhooks")
    assert alice.post("/features/webhooks", {"on": "yes"}).status_code == 422
    assert not feature.on("webhooks")
    assert alice.post("/features/none", {"on": "yes"}).status_code == 404


def test_nothing_is_left_out_here() -> None:
    assert {*GONE, *SITES, *WITHIN} | AHEAD == {*PARTS}


@pytest.mark.parametrize("name", GONE)
def test_the_address_of_a_part_that_is_off_is_gone_and_so_is_its_line_in_the_menu(
    alice: Client, name: str
) -> None:
    owner = User.objects.get(username="alice")
    hook = {"name": "Hook", "kind": "webhook", "target": "https://example.org/", "outcomes": ["failed"]}
    method, address = GONE[name]
    address = address.format(hook=Subscription.add(owner, **hook)[0].pk)
    feature.switch(name, True)
    assert getattr(alice, method)(address).status_code != 404
    assert (address in menu(alice)) == (name in IN_THE_MENU)
    off(name)
    assert getattr(alice, method)(address).status_code == 404
    assert address not in menu(alice)


@pytest.mark.parametrize("name", SITES)
def test_what_is_off_cannot_be_done_to_a_site(alice: Client, name: str) -> None:
    doors.site()
    assert alice.get(SITES[name]).status_code == 200
    off(name)
    for asked in (alice.get, alice.post):
        assert asked(SITES[name]).status_code == 404
    assert f'href="{SITES[name]}"' not in alice.get("/sites/example.org").content.decode()


@pytest.mark.parametrize("name", WITHIN)
def test_what_is_off_is_gone_from_its_page(alice: Client, name: str) -> None:
    for setting, text in (("issuer", "https://id.example.org"), ("client", "aegir"), ("secret", "for-tests")):
        default.change(f"openid_{setting}", text)
    address, part = WITHIN[name]
    client = Client() if address == "/sign-in" else alice
    feature.switch(name, True)
    assert part in client.get(address).content.decode()
    off(name)
    assert part not in client.get(address).content.decode()


def test_only_administrators_switch(alice: Client, bob: Client) -> None:
    assert ["/features" in menu(client) for client in (alice, bob)] == [True, False]
    assert bob.get("/features").status_code == 403
    assert bob.post("/features/drush", {"on": "no"}).status_code == 403
    assert feature.on("drush")


def test_a_request_asks_once_which_parts_are_on_and_the_next_one_asks_again(alice: Client) -> None:
    doors.site()
    for on in (True, False, True):
        feature.switch("drush", on)
        with CaptureQueriesContext(connection) as taken:
            page = alice.get("/sites/example.org").content.decode()
        assert ("/sites/example.org/drush" in page) == on
        assert sum('"aegir_feature"' in query["sql"] for query in taken) == 1


def test_what_a_request_switches_it_knows_itself() -> None:
    with feature.looked_up_once():
        assert feature.on("webhooks")
        off("notifications")
        assert not feature.on("webhooks")
        assert not feature.on("notifications")
    assert not feature.on("webhooks")


@pytest.mark.django_db(transaction=True)
def test_what_comes_after_an_answer_asks_anew() -> None:
    """As streams do, which stay open for long."""
    client = browser()

    async def play() -> None:
        assert (await client.get("/sites")).status_code == 200
        for on in (False, True):
            await aside(feature.switch)("drush", on)
            assert await aside(feature.on)("drush") == on

    played(play)
