"""Platforms side by side, at every door."""

from __future__ import annotations

import pytest
from django.test import Client

from aegir.models import Platform
from tests import doors
from tests.pages.counting import queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def two() -> tuple[Platform, Platform]:
    """An older platform and a newer one, which lacks a module."""
    old, new = doors.platform("old"), doors.platform("new", version="10.2.0")
    for home, version in ((old, "7.x-3.9"), (new, "7.x-3.28")):
        doors.package("views", version=version, platform=home)
        doors.package("node", platform=home)
    doors.package("shop", version="1.0.0", platform=old)
    return old, new


def test_what_differs_is_shown_and_what_is_the_same_is_folded(
    alice: Client, two: tuple[Platform, Platform]
) -> None:
    assert "/platforms/old/compare" in alice.get("/platforms/old").content.decode()
    choice = alice.get("/platforms/old/compare").content.decode()
    assert '<option value="new">' in choice
    assert '<option value="old"' not in choice
    page = alice.get("/platforms/old/compare?with=new").content.decode()
    differs, _, same = page.partition("<details")
    assert "newer on new" in differs
    assert "only on old" in differs
    assert "node" not in differs.partition("<table")[2]
    assert "node" in same
    assert "1 package is the same on both" in same
    back = alice.get("/platforms/new/compare?with=old").content.decode()
    assert "older on old" in back


def test_a_comparison_is_narrowed_and_leaves_as_a_file(alice: Client, two: tuple[Platform, Platform]) -> None:
    rows = (
        alice.get("/platforms/old/compare?with=new&change=only_here").content.decode().partition("<tbody")[2]
    )
    assert "shop" in rows
    assert "views" not in rows
    none = alice.get("/platforms/old/compare?with=new&q=nothing").content.decode()
    assert "Nothing that differs matches" in none
    answer = alice.get("/platforms/old/compare?with=new&format=csv")
    assert answer["Content-Type"].startswith("text/csv")
    assert len(answer.content.decode().splitlines()) == 4
    named = {
        row["name"]: row["change"] for row in alice.get("/platforms/old/compare?with=new&format=json").json()
    }
    assert named == {"shop": "only_here", "views": "upgrade", "node": "same"}


def test_a_platform_is_compared_with_those_alone_that_one_may_see(
    bob: Client, two: tuple[Platform, Platform]
) -> None:
    doors.platform("closed", state="locked")
    assert "closed" not in bob.get("/platforms/old/compare").content.decode().partition("<main")[2]
    assert bob.get("/platforms/old/compare?with=closed").status_code == 404
    assert bob.get("/platforms/closed/compare?with=old").status_code == 404
    assert bob.get("/platforms/old/compare?with=new").status_code == 200


def test_a_comparison_takes_the_same_queries_whatever_its_length(
    alice: Client, two: tuple[Platform, Platform]
) -> None:
    few = queries(alice, "/platforms/old/compare?with=new")
    for number in range(40):
        doors.package(f"m{number}", platform=two[number % 2])
    assert queries(alice, "/platforms/old/compare?with=new") == few


@pytest.fixture
def beside(two: tuple[Platform, Platform]) -> str:
    """The page of a site on the older platform, where it can be compared."""
    old, new = two
    doors.package("drupal", "core", new.version, platform=new)
    doors.package("standard", "profile", new.version, platform=new)
    site = doors.site(on=old)
    for name, version, path in (
        ("views", "7.x-3.9", ""),
        ("node", "10.1.6", ""),
        ("shop", "1.0.0", ""),
        ("own", "1.0", f"{site.directory}/modules/own"),
    ):
        doors.package(name, version=version, site=site, enabled=True, path=path)
    return f"/sites/{site.domain}/compare"


def rows(text: str) -> set[str]:
    """The names of the packages in the table."""
    return {name for name in ("views", "node", "shop", "own") if f'class="package">{name}<' in text}


def test_a_site_has_a_page_beside_a_platform(alice: Client, beside: str) -> None:
    assert f'href="{beside}"' in alice.get(beside.replace("compare", "packages")).content.decode()
    choice = alice.get(beside).content.decode()
    assert '<option value="new">' in choice
    assert '<option value="old"' not in choice
    page = alice.get(f"{beside}?with=new").content.decode()
    assert "example.org beside new" in page
    assert "<strong>2</strong> to look at" in page
    assert "<strong>3</strong> newer there" in page
    assert 'href="/sites/example.org/migrate?platform=new"' in page
    assert rows(page) == {"views", "shop", "own"}
    for show, wanted in (
        ("error", set()), ("warning", {"shop", "own"}), ("upgrade", {"views"}), ("same", {"node"}),
        ("all", {"views", "node", "shop", "own"}), ("all&q=VIE", {"views"}),
    ):  # fmt: skip
        assert rows(alice.get(f"{beside}?with=new&show={show}").content.decode()) == wanted, show
    doors.platform("older", version="9.5.0", major=9)
    page = alice.get(f"{beside}?with=older").content.decode()
    assert "It cannot go to older." in page
    assert "/migrate?platform=older" not in page
    assert alice.get(f"{beside}?with=nowhere").status_code == 404


def test_it_leaves_as_a_file_from_both_pages(alice: Client, beside: str) -> None:
    for address in (f"{beside}?with=new", "/sites/example.org/migrate?platform=new"):
        assert f"{beside}?with=new&amp;format=csv" in alice.get(address).content.decode()
    table = alice.get(f"{beside}?with=new&format=csv")
    assert table["Content-Type"].startswith("text/csv")
    assert "7.x-3.28" in next(line for line in table.content.decode().splitlines() if ",views," in line)
    assert alice.get(f"{beside}?with=nowhere&format=csv").status_code == 404
    told = alice.get(f"{beside}?with=new&format=json").json()
    assert {row["name"]: row["verdict"] for row in told}["views"] == "upgrade"


def test_the_api_says_the_same(alice: Client, two: tuple[Platform, Platform]) -> None:
    answer = alice.get("/api/platforms/old/comparison?to=new").json()
    assert (answer["platform"], answer["to"]) == ("old", "new")
    assert [(row["name"], row["change"]) for row in answer["rows"]] == [
        ("shop", "only_here"), ("views", "upgrade"), ("node", "same"),
    ]  # fmt: skip
    table = alice.get("/api/platforms/old/comparison/export?to=new").content.decode()
    assert len(table.splitlines()) == 4
    doors.site(on=two[0])
    site = alice.get("/api/sites/example.org/comparison/export?to=new&format=json").json()
    assert {row["name"] for row in site} >= {"node", "drupal"}
    assert alice.get("/api/platforms/old/comparison?to=nowhere").status_code == 404
