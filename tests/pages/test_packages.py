"""The package registry: who runs what."""

from __future__ import annotations

import pytest
from django.test import Client

from tests import doors
from tests.pages.counting import queries

pytestmark = pytest.mark.django_db


def test_who_runs_a_package_older_than_a_version(alice: Client) -> None:
    old, new = doors.site("old.example.org"), doors.site("new.example.org")
    doors.package("views", version="7.x-3.9", site=old)
    doors.package("views", version="7.x-3.28", site=new)
    doors.package("views_bulk", version="7.x-1.0", site=new)
    doors.package("pathauto", platform=old.platform)
    found = alice.get("/packages?q=views").content.decode()
    assert "views_bulk" in found
    assert "pathauto" not in found
    older = alice.get("/packages?q=views&older=7.x-3.28").content.decode()
    assert "old.example.org" in older
    assert "new.example.org" not in older
    exact = alice.get("/packages?q=views&version=7.x-3.28").content.decode()
    assert "new.example.org" in exact
    assert "old.example.org" not in exact
    assert "pathauto" in alice.get("/packages?where=platforms").content.decode()
    assert "pathauto" not in alice.get("/packages?where=sites&enabled=yes").content.decode()


def test_the_registry_takes_the_same_queries_whatever_its_length(alice: Client) -> None:
    doors.site()
    few = queries(alice, "/packages")
    for number in range(60):
        doors.site(f"s{number}.example.org")
    assert queries(alice, "/packages") == few <= 20


def test_a_client_sees_packages_of_his_sites_and_of_platforms_that_he_may_use(bob: Client) -> None:
    mine = doors.site("mine.example.org", client=doors.acme())
    doors.package("views", site=mine)
    doors.package("views", site=doors.site("theirs.example.org"))
    doors.package("views", platform=doors.platform("closed", state="locked"))
    page = bob.get("/packages?q=views").content.decode()
    assert "mine.example.org" in page
    assert "theirs.example.org" not in page
    assert "closed" not in page.partition("<main")[2]
