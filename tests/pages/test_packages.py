"""The package registry: who runs what."""

from __future__ import annotations

import pytest
from django.test import Client

from aegir.access import seen
from aegir.models import Package, package
from aegir.pages import packages as page_of_packages
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
    assert "Sites and platforms that have views older than 7.x-3.28: 1" in older
    exact = alice.get("/packages?q=views&version=7.x-3.28").content.decode()
    assert "new.example.org" in exact
    assert "old.example.org" not in exact
    assert "pathauto" in alice.get("/packages?where=platforms").content.decode()
    assert "pathauto" not in alice.get("/packages?where=sites&enabled=yes").content.decode()


def test_versions_that_nobody_has_can_be_asked_for_and_what_has_none_is_counted(alice: Client) -> None:
    old, new, own = (doors.site(f"{name}.example.org") for name in ("old", "new", "own"))
    doors.package("views", version="7.x-3.9", site=old)
    doors.package("views", version="7.x-3.28", site=new)
    doors.package("views", version="", site=own)
    asked = "/packages?q=views&where=sites&enabled=yes"
    older = alice.get(f"{asked}&older=7.x-3.20").content.decode()
    assert "Sites that use views older than 7.x-3.20: 1" in older
    assert "old.example.org" in older
    assert "1 more has it without a version that could be compared" in older
    both = alice.get(f"{asked}&older=7.x-4.0&least=7.x-3.20").content.decode()
    assert "Sites that use views older than 7.x-4.0 and at least 7.x-3.20: 1" in both
    assert "new.example.org" in both
    table = b"".join(alice.get("/packages/export?q=views&older=7.x-3.20")).decode()  # type: ignore[arg-type]
    assert "old.example.org" in table
    assert "new.example.org" not in table


def test_what_is_no_version_is_said_and_narrows_nothing(alice: Client) -> None:
    doors.package("views", version="7.x-3.9", site=doors.site())
    page = alice.get("/packages?q=views&older=the+newest").content.decode()
    assert "«the newest» is no version" in page
    assert "example.org" in page
    assert alice.get("/packages/export?q=views&older=the+newest").status_code == 422


def test_the_core_of_all_is_compared_without_its_name(alice: Client) -> None:
    doors.package("drupal", "core", "10.1.6", platform=doors.platform("old"))
    doors.package("drupal", "core", "10.2.0", platform=doors.platform("new"))
    page = alice.get("/packages?kind=core&older=10.2").content.decode()
    assert "Sites and platforms that have drupal older than 10.2: 1" in page


def test_the_registry_takes_the_same_queries_whatever_its_length(alice: Client) -> None:
    for number in range(60):
        doors.package("views", site=doors.site(f"s{number}.example.org"))
    few = queries(alice, "/packages")
    for number in range(60, 120):
        doors.package("views", site=doors.site(f"s{number}.example.org"))
    assert queries(alice, "/packages") == few <= 20


@pytest.mark.parametrize("holders", [0, 100])
def test_a_client_sees_packages_of_his_sites_and_of_platforms_that_he_may_use(
    bob: Client, monkeypatch: pytest.MonkeyPatch, holders: int
) -> None:
    monkeypatch.setattr(seen, "HOLDERS", holders)
    mine = doors.site("mine.example.org", client=doors.acme())
    doors.package("views", site=mine)
    doors.package("views", site=doors.site("theirs.example.org"))
    doors.package("views", platform=doors.platform("closed", state="locked"))
    page = bob.get("/packages?q=views").content.decode()
    assert "mine.example.org" in page
    assert "theirs.example.org" not in page
    assert "closed" not in page.partition("<main")[2]


def test_of_very_many_packages_it_is_not_counted_how_many(
    alice: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = doors.site()
    for number in range(120):
        doors.package(f"module_{number}", site=site)
    monkeypatch.setattr(page_of_packages, "MANY", 60)
    first = alice.get("/packages").content.decode()
    assert "1–50 of more than 60" in first
    assert "page=2" in first
    beyond = alice.get("/packages?page=2").content.decode()
    assert "51–100 of 121" in beyond
    assert "101–121 of 121" in alice.get("/packages?page=3").content.decode()
    assert "101–121 of 121" in alice.get("/packages?page=99999").content.decode()
    assert "module_77" in alice.get("/packages?q=module_77").content.decode()


@pytest.mark.parametrize("many", [200, 0])
def test_words_are_looked_for_in_names_and_titles_in_any_case(
    many: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(package, "MANY", many)
    site = doors.site()
    Package.objects.all().delete()
    assert list(Package.objects.filter(package.called("views"))) == []
    for name, title in [
        ("views", "Views"), ("views", "Old views"), ("ctools", "Chaos tools"), ("ctools", "Views' tools"),
        ("Views_UI", ""), ("pathauto", "Pathauto"),
    ]:  # fmt: skip
        made = doors.package(name, site=site)
        Package.objects.filter(pk=made.pk).update(title=title)
    found = Package.objects.filter(package.called("VIEWS")).order_by("pk")
    assert list(found.values_list("name", "title")) == [
        ("views", "Views"), ("views", "Old views"), ("ctools", "Views' tools"), ("Views_UI", ""),
    ]  # fmt: skip
    assert not Package.objects.filter(package.called("nowhere")).exists()
