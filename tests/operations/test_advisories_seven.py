"""Advisories for Drupal 7: a feed of their own, and what nobody can judge is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from aegir.models import Advisory, Default, Package, Platform, Site, Task, unjudged
from aegir.operations import advisory_fetch
from tests import doors
from tests.operations.hosting import BY, run
from tests.operations.test_advisories import Feed, feed, found

__all__ = ["feed"]

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def two() -> tuple[Site, Site]:
    """One site on Drupal 7.98 and one on 10.1.6: both have token and views, each in its own way to count."""
    old, new = doors.platform("d7", version="7.98", major=7), doors.platform("d10", version="10.1.6")
    seven, ten = doors.site("seven.example.org", old), doors.site("ten.example.org", new)
    Package.objects.all().delete()
    for platform, site, listed in (
        (old, seven, {"token": "7.x-1.2", "views": "7.x-3.20", "own": "1.0", "image": "7.98"}),
        (new, ten, {"token": "8.x-1.2", "views": "10.1.6", "shop": "dev-main"}),
    ):
        for name, version in listed.items():
            doors.package(name, version=version, platform=platform)
            doors.package(name, version=version, site=site, enabled=True)
    return seven, ten


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A database of files, with one advisory that must be judged, one that cannot be and a link out of it."""
    token = tmp_path / "db/drupal/token"
    token.mkdir(parents=True)
    (token / "sa-contrib-2099-001.yaml").write_text(
        "link: 'https://example.org/sa'\ntitle: 'Token, <b>open</b>'\nreference: 'composer://drupal/token'\n"
        "branches:\n  1.3.x: { time: '2026-01-02 03:04:05', versions: ['>=1.0.0', '<1.3.0'] }\n"
    )
    views = tmp_path / "db/drupal/views"
    views.mkdir()
    (views / "sa-contrib-2099-002.yaml").write_text(
        "title: Views\nbranches:\n  x: { time: nonsense, versions: ['>=0.0.0', '<xmr.0'] }\n"
    )
    (tmp_path / "image").mkdir()
    (tmp_path / "image/secret.yaml").write_text("not: an advisory")
    (tmp_path / "db/drupal/image").symlink_to(tmp_path / "image")
    return tmp_path / "db"


def said() -> list[tuple[str, int, int]]:
    rows = unjudged.found(Package.objects.all(), Platform.objects.all(), Site.objects.all())
    return [(each.sentence, each.platforms, each.sites) for each in rows]


def test_each_way_to_count_is_judged_by_its_own_feed(feed: Feed, two: tuple[Site, Site]) -> None:
    feed.tell("drupal/core", "SA-CORE", ">=7.0 <7.99 || >=8.0 <10.1.0")
    feed.tell("drupal/token", "SA-TOKEN", "<1.3.0")
    Default.objects.create(name="advisories_feed_7", value=feed.address)
    task = run(advisory_fetch.ask(by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    eight, seven = feed.asked
    assert [name.removeprefix("drupal/") for name in eight] == [
        "core",
        "image",
        "own",
        "shop",
        "token",
        "views",
    ]
    assert seven == ["drupal/token", "drupal/views"]
    assert set(Advisory.objects.values_list("identifier", "api")) == {
        ("SA-CORE", 8), ("SA-TOKEN", 8), ("SA-TOKEN", 7),
    }  # fmt: skip
    assert found()["SA-CORE"] == (["d7"], [("seven.example.org", True)])
    Advisory.objects.filter(api=8).delete()
    assert found() == {"SA-TOKEN": (["d7"], [("seven.example.org", True)])}
    assert said() == []
    Default.objects.filter(name="advisories_feed_7").update(value="")
    run(advisory_fetch.ask(by=BY))
    assert not Advisory.objects.filter(api=7).exists(), "what nobody tells of any more is forgotten"
    assert found()["SA-TOKEN"] == (["d10"], [("ten.example.org", True)])


def test_a_folder_of_files_tells_as_a_feed_does(feed: Feed, two: tuple[Site, Site], files: Path) -> None:
    Default.objects.create(name="advisories_feed_7", value=str(files))
    task = run(advisory_fetch.ask(by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    row = Advisory.objects.get(package="drupal/token")
    assert (row.identifier, row.affected, row.api) == ("SA-CONTRIB-2099-001", ">=1.0.0,<1.3.0", 7)
    assert str(row.reported_at) == "2026-01-02 03:04:05+00:00"
    assert found() == {"SA-CONTRIB-2099-001": (["d7"], [("seven.example.org", True)])}
    ((sentence, platforms, sites),) = said()
    assert sentence.startswith("views: its version (7.x-3.20) cannot be laid beside")
    assert (platforms, sites) == (1, 1)
    (files / "drupal/token/broken.yaml").write_text("[")
    task = run(advisory_fetch.ask(by=BY))
    assert (task.state, "broken.yaml is no advisory" in task.error) == (Task.State.FAILED, True)
    assert Advisory.objects.count() == 2
    Default.objects.filter(name="advisories_feed_7").update(value="/nowhere/at/all")
    assert "no folder /nowhere/at/all" in run(advisory_fetch.ask(by=BY)).error


def test_what_nobody_can_judge_is_said_with_how_many_have_it(two: tuple[Site, Site]) -> None:
    (sentence, *held), *rest = said()
    assert ("advisories_feed_7 names nobody" in sentence, held, rest) == (True, [1, 1], [])
    Default.objects.create(name="advisories_feed_7", value="/srv/advisories")
    Default.objects.create(name="advisories_feed", value="")
    ((sentence, *held),) = said()
    assert (sentence.startswith("Core, and modules"), held) == (True, [2, 2])
    Default.objects.filter(name="advisories_feed").delete()
    assert said() == []
    for identifier, package, affected, api in (
        ("SA-CORE-1", "drupal/core", "<10.5.12 || 11.0.*", 8),
        ("SA-SHOP", "drupal/shop", "<2.0", 8),
        ("SA-OWN", "drupal/own", "<2.0", 7),
        ("SA-IMAGE", "drupal/image", "<2.0", 7),
    ):
        Advisory.objects.create(identifier=identifier, package=package, affected=affected, api=api)
    assert [sentence.partition(" ")[0] for sentence, _, _ in said()] == ["Drupal", "shop:", "own:"]
    assert [held for _, *held in said()] == [[1, 1], [1, 1], [1, 1]]
    assert "SA-CORE-1 does not say" in said()[0][0]
    assert found()["SA-CORE-1"] == (["d10"], [("ten.example.org", True)])
