"""The page of advisories, the first page's word of them, and the API: each sees what concerns his own."""

from __future__ import annotations

import pytest
from django.test import Client

from aegir.access import seen
from aegir.models import Advisory, Grant, Package, Platform, Site, User, feature
from tests import doors
from tests.pages.counting import queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def known() -> None:
    """Two sites on a platform, one with a vulnerable module that only it has."""
    platform = doors.platform("d10")
    one = doors.site("one.example.org", platform)
    doors.site("two.example.org", platform)
    doors.package("webform", version="6.1.0", site=one)
    doors.package("webform", version="6.1.0", platform=platform)
    told = {"title": "Anybody may <b>read</b> it", "link": "https://example.org/sa", "severity": "critical"}
    Advisory.objects.create(identifier="SA-1", package="drupal/webform", affected="<6.1.2", **told)
    Advisory.objects.create(identifier="SA-2", package="drupal/webform", affected="<5", **told)


def test_the_page_names_what_is_concerned_and_what_to_do(alice: Client, known: None) -> None:
    text = alice.get("/advisories").content.decode()
    assert "SA-1" in text
    assert "SA-2" not in text
    assert "Anybody may &lt;b&gt;read&lt;/b&gt; it" in text
    assert "1 site, 1 uses it" in text
    assert 'href="/sites/one.example.org"' in text
    assert 'href="/sites/two.example.org"' not in text
    assert 'href="/platforms/d10"' in text
    assert 'href="/add?from=path"' in text
    assert "Move its sites to" not in text


def test_the_way_out_is_proposed_and_the_forms_are_filled_in(alice: Client, known: None) -> None:
    source = {"kind": "composer", "location": "acme/site:1.4", "reference": "", "checksum": "sha256:0"}
    old = Platform.objects.get(name="d10")
    old.source, old.docroot = source, "htdocs"
    old.save()
    doors.package("webform", version="6.1.1", platform=doors.platform("d10-still", version="10.1.7"))
    doors.package("webform", version="6.1.2", platform=doors.platform("d10-locked", state="locked"))
    doors.platform("d9", version="9.5.11", major=9)
    text = alice.get("/advisories").content.decode()
    assert "Move its sites to" not in text
    for name, version, major in (("d10-new", "10.1.8", 10), ("d11", "11.0.0", 11)):
        there = doors.platform(name, version=version, major=major)
        doors.package("webform", version="6.2.0", platform=there)
    text = alice.get("/advisories").content.decode()
    assert text.count("Move its sites to") == 1
    assert 'href="/platforms/d10/move-sites?to=d10-new"' in text
    assert (
        '<option value="d10-new" selected>'
        in alice.get("/platforms/d10/move-sites?to=d10-new").content.decode()
    )
    assert 'href="/add?like=d10"' in text
    form = alice.get("/add?like=d10").content.decode()
    assert 'value="acme/site:1.4"' in form
    assert 'value="htdocs"' in form
    assert "It begins with what" in form
    assert alice.get("/add?like=nothing").status_code == 404
    assert "It begins with what" not in alice.get("/add?like=d10-new").content.decode()


def test_a_folder_of_the_server_is_not_shown_to_whom_may_not_name_one(alice: Client, known: None) -> None:
    Platform.objects.update(source={"kind": "archive", "location": "/srv/code.tar.gz"})
    carol = User.objects.create(username="carol", password="!")
    Grant.objects.create(user=carol, role="platform_manager")
    alice.force_login(carol, backend="allauth.account.auth_backends.AuthenticationBackend")
    text = alice.get("/add?like=d10").content.decode()
    assert "Add a platform" in text
    assert "/srv/code.tar.gz" not in text


def test_the_pages_of_sites_and_platforms_say_so(alice: Client, bob: Client, known: None) -> None:
    assert "Known to be vulnerable" not in alice.get("/sites/two.example.org").content.decode()
    Site.objects.filter(domain="one.example.org").update(client=doors.acme())
    for person in (alice, bob):
        text = person.get("/sites/one.example.org").content.decode()
        assert "drupal/webform</strong> 6.1.0 (enabled)" in text
        text = person.get("/advisories?site=one.example.org").content.decode()
        assert "SA-1" in text
    assert 'href="/advisories?platform=d10"' in alice.get("/platforms/d10").content.decode()
    Package.objects.filter(site__domain="one.example.org", name="webform").update(enabled=False)
    assert "6.1.0 (not enabled)" in alice.get("/sites/one.example.org").content.decode()
    assert "SA-1" not in alice.get("/advisories?site=two.example.org").content.decode()
    assert bob.get("/advisories?site=two.example.org").status_code == 404
    core = {"package": "drupal/core", "affected": "<10.2"}
    for identifier in ("SA-3", "SA-4"):
        Advisory.objects.create(identifier=identifier, title="x", **core)
    text = alice.get("/sites/two.example.org").content.decode()
    assert "drupal/core</strong> 10.1.6, 2 advisories." in text
    feature.switch("advisories", False)
    assert "Known to be vulnerable" not in alice.get("/sites/one.example.org").content.decode()


def test_who_has_many_sites_sees_the_same(
    alice: Client, bob: Client, known: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    Site.objects.filter(domain="one.example.org").update(client=doors.acme())
    few = [person.get("/api/advisories").json() for person in (alice, bob)]
    assert few[1]["items"][0]["sites"] == [{"name": "one.example.org", "version": "6.1.0", "enabled": True}]
    monkeypatch.setattr(seen, "HOLDERS", 0)
    assert [person.get("/api/advisories").json() for person in (alice, bob)] == few


def test_neither_sites_nor_advisories_make_the_page_ask_more(alice: Client, known: None) -> None:
    few = queries(alice, "/advisories"), queries(alice, "/api/advisories")
    for number in range(30):
        other = doors.site(f"s{number:02}.example.org", Platform.objects.get(name="d10"))
        doors.package(f"module_{number}", version="1.0.0", site=other)
        about = {"package": f"drupal/module_{number}", "affected": "<2", "severity": "low"}
        Advisory.objects.create(identifier=f"SA-{number + 10}", title="x", **about)
    assert (queries(alice, "/advisories"), queries(alice, "/api/advisories")) == few
    first = alice.get("/advisories").content.decode()
    second = alice.get("/advisories?page=2").content.decode()
    assert "1 of 2" in first
    assert ("SA-1<" in first, "SA-1<" in second) == (True, False)
    assert all(f"s{number:02}.example.org" in first + second for number in range(30))


def test_a_feed_that_was_away_is_told(alice: Client, known: None) -> None:
    doors.task("succeeded", operation="advisory_fetch", subject_kind="ledger")
    assert "could not be reached" not in alice.get("/advisories").content.decode()
    doors.task("warned", operation="advisory_fetch", subject_kind="ledger")
    assert "could not be reached" in alice.get("/advisories").content.decode()


def test_the_first_page_says_so(alice: Client, known: None) -> None:
    assert "Security advisories concern 1 platform" in alice.get("/").content.decode()
    Package.objects.filter(name="webform").update(version="6.1.2")
    assert "Security advisories" not in alice.get("/").content.decode()


def test_a_person_of_a_client_sees_his_own_sites_alone(alice: Client, bob: Client, known: None) -> None:
    text = bob.get("/advisories").content.decode()
    assert "one.example.org" not in text
    assert bob.post("/advisories/fetch").status_code == 403


def test_the_api_tells_the_same(alice: Client, known: None) -> None:
    answer = alice.get("/api/advisories").json()
    assert [each["identifier"] for each in answer["items"]] == ["SA-1"]
    (only,) = answer["items"]
    assert only["sites"] == [{"name": "one.example.org", "version": "6.1.0", "enabled": True}]
    assert (only["site_count"], only["enabled_count"], only["platform_count"]) == (1, 1, 1)


def test_every_door_says_it_of_what_one_may_see(alice: Client, bob: Client) -> None:
    old, new = doors.platform("d7", version="7.98", major=7), doors.platform("d10")
    doors.site("seven.example.org", old)
    doors.package("shop", version="dev-main", platform=new)
    doors.package("shop", version="dev-main", site=doors.site("ten.example.org", new))
    Advisory.objects.create(identifier="SA-SHOP", package="drupal/shop", affected="<2.0")
    for address in ("/advisories", "/sites/seven.example.org", "/platforms/d7", "/advisories?platform=d7"):
        text = alice.get(address).content.decode()
        assert "advisories_feed_7" in text, address
        assert "shop:" in text or address != "/advisories"
    assert "shop:" not in alice.get("/sites/seven.example.org").content.decode()
    assert "shop:" in alice.get("/sites/ten.example.org").content.decode()
    whole = alice.get("/api/advisories/unjudged").json()["items"]
    assert [(each["platforms"], each["sites"]) for each in whole] == [(1, 1), (1, 1)]
    theirs = bob.get("/api/advisories/unjudged").json()["items"]
    assert [each["sites"] for each in theirs] == [0, 0], "he may use the platforms, and the sites are others'"
