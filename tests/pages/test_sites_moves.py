"""Moving a site: the comparison, the rehearsal's report, and one platform for many."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from aegir.models import AuditEntry, Package, Platform, Site, Task, feature
from tests import doors
from tests.pages.sites import acme, bob, full

pytestmark = pytest.mark.django_db
__all__ = ["bob"]

SITE = "/sites/example.org"
ONTO = f"{SITE}/migrate?platform=d11"
REPORT: dict[str, Any] = {
    "site": "example.org", "from": "d10", "to": "d11", "updates": ["system_update_11001"],
    "failed": {}, "error": "",
    "php_warnings": [{"message": "Undefined <b>key</b>", "place": "a.php:3", "count": 2}],
    "seconds": [], "away": 3.5,
    "pages": [{"path": "/about", "before": {"status": 200, "title": "About"},
               "after": {"status": 500, "title": "Oops"}, "same": False}],
    "good": False,
    "verdict": "1 update ran, and 1 of 1 pages answer differently, /about first: look at them.",
}  # fmt: skip


def rehearsed(site: Site, **report: Any) -> Task:
    arguments = {"domain": site.domain, "platform": "d11"}
    return doors.task("warned", operation="site_rehearse", subject_id=site.pk, arguments=arguments,
                      result={**REPORT, **report})  # fmt: skip


def primary(text: str) -> list[str]:
    """What the page's main buttons say."""
    words = ("Rehearse first", "Rehearse again", "Migrate")
    buttons = [part.partition("</button>")[0] for part in text.split('class="btn btn-primary"')[1:]]
    return [word for button in buttons for word in words if f"{word}" in button]


def test_the_comparison_shows_what_differs_first_and_can_be_searched(alice: Client) -> None:
    site = full()
    assert "Compare" in alice.get(f"{SITE}/migrate").content.decode()
    doors.package("devel", version="5.1", site=site)
    text = alice.get(ONTO).content.decode()
    assert text.index("devel is not in d11") < text.index("node goes from")
    assert "1 package should be looked at first" in text
    only = alice.get(f"{ONTO}&show=warning").content.decode()
    assert "devel is not in d11" in only
    assert "node goes from" not in only
    found = alice.get(f"{ONTO}&q=NODE").content.decode()
    assert "node goes from" in found
    assert "devel is not in" not in found
    assert alice.get(f"{SITE}/migrate?platform=nowhere&show=x&q=%00").status_code == 200


def test_an_error_blocks_the_way(alice: Client) -> None:
    full()
    Package.objects.filter(platform__name="d11", kind="profile").delete()
    text = alice.get(ONTO).content.decode()
    assert "It cannot go to d11" in text
    assert f'action="{SITE}/migrate"' not in text.partition("Comparison")[0].replace(
        'method="get" action', ""
    )
    response = alice.post(f"{SITE}/migrate", {"platform": "d11"})
    assert response.status_code == 422
    assert "cannot go to d11: The profile standard is not" in response.content.decode()
    assert not Task.objects.exists()


def test_the_rehearsal_comes_first_until_a_good_one_was_made(alice: Client) -> None:
    site = full()
    assert primary(alice.get(ONTO).content.decode()) == ["Rehearse first"]
    rehearsed(site)
    text = alice.get(ONTO).content.decode()
    assert primary(text) == ["Rehearse again"]
    for words in (
        "look at them",
        "system_update_11001",
        "Undefined &lt;b&gt;key",
        "500 Oops",
        "about 3.5 seconds",
    ):
        assert words in text
    rehearsed(site, good=True, pages=[])
    assert primary(alice.get(ONTO).content.decode()) == ["Migrate"]
    rehearsed(site, good=True, **{"from": "d8"})
    text = alice.get(ONTO).content.decode()
    assert "The site has moved since" in text
    assert primary(text) == ["Rehearse again"]
    feature.switch("rehearsals", False)
    assert primary(alice.get(ONTO).content.decode()) == ["Migrate"]


@pytest.mark.parametrize("verb", ["migrate", "rehearse"])
def test_both_buttons_lead_to_their_task(alice: Client, verb: str) -> None:
    full()
    for wrong in ("", "d10", "nowhere", "'; --"):
        response = alice.post(f"{SITE}/{verb}", {"platform": wrong})
        assert response.status_code == 422, wrong
    assert not Task.objects.exists()
    alice.post(f"{SITE}/{verb}", {"platform": "d11"})
    assert Task.objects.get().operation == f"site_{verb}"


def test_a_platform_that_is_closed_to_a_client_is_not_offered(bob: Client) -> None:
    from aegir.models import Client as Owner

    full(client=acme())
    owner = Owner.add(name="globex", email="a@globex.example")
    for platform in Platform.objects.exclude(name="d10"):
        platform.clients.add(owner)
    assert "no other open platform" in bob.get(ONTO).content.decode()
    assert bob.post(f"{SITE}/migrate", {"platform": "d11"}).status_code == 422
    assert not Task.objects.exists()


ROWS = {"row": ["example.org", "sister.example.org", "nowhere.org"]}


def test_many_are_asked_for_at_once_and_refusals_are_told_and_written_down(alice: Client) -> None:
    full()
    Site.objects.filter(domain="sister.example.org").update(state="disabled")
    response = alice.post("/sites/bulk", {**ROWS, "action": "site_disable"}, follow=True)
    text = response.content.decode()
    assert "asked for 1 site." in text
    assert "sister.example.org is disabled already." in text
    assert "There is no site nowhere.org" in text
    assert Task.objects.get().operation == "site_disable"
    written = AuditEntry.objects.order_by("pk").values_list("action", "about", "outcome")
    assert ("site_disable", "sister.example.org", "refused") in set(written)
    assert alice.post("/sites/bulk", {**ROWS, "action": "platform_delete"}).status_code == 422
    assert alice.post("/sites/bulk", {"action": "site_verify"}).status_code == 422
    assert Task.objects.count() == 1


def test_many_are_moved_to_one_platform_as_far_as_they_fit(alice: Client) -> None:
    full()
    Package.objects.filter(platform__name="d11", name="node").update(schema=10)
    Package.objects.filter(site__domain="sister.example.org").update(schema_installed=11100)
    there = alice.post("/sites/bulk", {**ROWS, "action": "site_migrate"})["Location"]
    assert there.startswith("/sites/migrate?row=example.org&row=sister.example.org")
    text = alice.get(f"{there}&platform=d11").content.decode()
    assert "Migrate 1 site to d11" in text
    assert "knows none above" in text
    assert not Task.objects.exists()
    assert alice.post("/sites/migrate", {**ROWS, "platform": ""}).status_code == 422
    alice.post("/sites/migrate", {**ROWS, "platform": "d11"})
    assert Task.objects.get().arguments == {"domain": "example.org", "platform": "d11"}


def test_many_are_deleted_once_their_number_was_typed(alice: Client) -> None:
    full(state="disabled")
    there = alice.post("/sites/bulk", {**ROWS, "action": "site_delete"})["Location"]
    text = alice.get(there).content.decode()
    assert "Type 1, the number of sites that go" in text
    assert "disable it first" in text
    for count in ("", "2", "one"):
        response = alice.post("/sites/delete", {**ROWS, "count": count})
        assert response.status_code == 422
        assert "type 1 to confirm" in response.content.decode()
    assert not Task.objects.exists()
    alice.post("/sites/delete", {**ROWS, "count": "1"})
    assert Task.objects.get().arguments["domain"] == "example.org"


def test_a_client_does_nothing_to_many_that_are_not_his(bob: Client) -> None:
    full()
    assert b"Choose sites first" in bob.get("/sites/migrate?row=example.org").content
    bob.post("/sites/bulk", {**ROWS, "action": "site_verify"})
    assert bob.post("/sites/delete", {**ROWS, "count": "1"}).status_code == 422
    assert not Task.objects.exists()


@pytest.mark.parametrize("verb", ["migrate", "rehearse"])
def test_without_another_platform_the_page_leads_to_adding_one(alice: Client, bob: Client, verb: str) -> None:
    doors.site("example.org", client=acme())
    page = alice.get(f"{SITE}/{verb}").content.decode()
    assert 'href="/add"' in page
    assert 'href="/add"' in alice.get(SITE).content.decode()
    his = bob.get(f"{SITE}/{verb}").content.decode()
    assert 'href="/add"' not in his
    assert "Ask an administrator" in his


def test_many_sites_without_another_platform_lead_to_adding_one(alice: Client) -> None:
    doors.site("example.org")
    page = alice.get("/sites/migrate?row=example.org").content.decode()
    assert 'href="/add"' in page
    assert "<select" not in page
    doors.platform("d11")
    assert "<select" in alice.get("/sites/migrate?row=example.org").content.decode()


def test_a_site_without_a_backup_leads_to_making_one(alice: Client) -> None:
    doors.site("example.org")
    assert f'href="{SITE}/backup"' in alice.get(f"{SITE}/restore").content.decode()


def test_a_move_of_a_whole_platform_leads_to_adding_the_other_one(alice: Client) -> None:
    doors.site("example.org")
    page = alice.get("/platforms/d10/move-sites").content.decode()
    assert 'href="/add"' in page
    assert "<select" not in page


def test_who_has_no_backup_is_told_where_one_is_made(bob: Client) -> None:
    doors.site("example.org", client=acme())
    assert "No backup yet" in bob.get("/deploy").content.decode()
