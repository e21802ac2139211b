"""The page of advisories, the first page's word of them, and the API: each sees what concerns his own."""

from __future__ import annotations

import pytest
from django.test import Client

from aegir.models import Advisory, Package
from tests import doors

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
    assert "then move the sites of the old platform to it" in text


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
