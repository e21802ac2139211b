"""Advisories: asked of a feed, kept, and laid beside what sites and platforms have."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl

import pytest

from aegir.errors import Refused
from aegir.models import Advisory, Default, Package, Platform, Site, Task, affected, feature
from aegir.operations import advisories_due, advisory_fetch
from tests import doors
from tests.operations.hosting import BY, run

pytestmark = pytest.mark.django_db(transaction=True)


class Feed:
    """What it tells, by package; and what it was asked."""

    def __init__(self) -> None:
        self.told: dict[str, list[dict[str, Any]]] = {}
        self.asked: list[list[str]] = []
        self.status = 200
        self.body: bytes | None = None
        self.address = ""

    def tell(self, package: str, identifier: str, versions: str, severity: str = "high") -> None:
        self.told.setdefault(package, []).append({
            "advisoryId": identifier, "packageName": package, "title": f"About {package}", "cve": None,
            "link": "javascript:alert(1)", "affectedVersions": versions, "severity": severity,
            "reportedAt": "2026-02-03 04:05:06",
        })  # fmt: skip


@pytest.fixture
def feed() -> Iterator[Feed]:
    made = Feed()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            names = [
                name for _, name in parse_qsl(self.rfile.read(int(self.headers["Content-Length"])).decode())
            ]
            made.asked.append(names)
            told = {name: made.told[name] for name in names if name in made.told}
            body = made.body if made.body is not None else json.dumps({"advisories": told or []}).encode()
            self.send_response(made.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Tests look at what was asked."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    made.address = f"http://127.0.0.1:{server.server_address[1]}/8/security-advisories"
    Default.objects.create(name="advisories_feed", value=made.address)
    yield made
    server.shutdown()
    server.server_close()


@pytest.fixture
def site() -> Site:
    """One on a Drupal 10.1.6 with webform 6.1.0, a module of core's own, and a library."""
    platform = doors.platform("d10", version="10.1.6")
    platform.built = {"packages": {"twig/twig": "3.4.0", "drupal/core": "10.1.6"}}
    platform.save()
    made = doors.site("one.example.org", platform)
    Package.objects.all().delete()
    for name, version, on in (
        ("webform", "6.1.0", True),
        ("token", "8.x-1.2", False),
        ("views", "10.1.6", True),
    ):
        Package.objects.create(platform=platform, kind="module", name=name, version=version)
        Package.objects.create(site=made, kind="module", name=name, version=version, enabled=on)
    return made


def found() -> dict[str, tuple[list[str], list[tuple[str, bool | None]]]]:
    rows = affected.found(Package.objects.all(), Platform.objects.all(), Site.objects.all())
    affected.name_sites(rows, Package.objects.all(), Site.objects.all(), 10)
    return {
        each.advisory.identifier: (
            [held.name for held in each.platforms], [(held.name, held.enabled) for held in each.sites],
        )
        for each in rows
    }  # fmt: skip


def test_what_the_feed_tells_is_laid_beside_what_there_is(feed: Feed, site: Site) -> None:
    feed.tell("drupal/core", "SA-CORE", ">=10.0 <10.1.8", "critical")
    feed.tell("drupal/webform", "SA-WEBFORM", "<6.1.2")
    feed.tell("drupal/webform", "SA-OLD", "<5.0")
    feed.tell("drupal/token", "SA-TOKEN", "<1.3.0", "low")
    feed.tell("drupal/views", "SA-VIEWS", "*")
    feed.tell("twig/twig", "SA-TWIG", "^3.0")
    task = run(advisory_fetch.ask(by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    both = (["d10"], [("one.example.org", True)])
    assert found() == {
        "SA-CORE": both, "SA-WEBFORM": both, "SA-TOKEN": (["d10"], [("one.example.org", False)]),
        "SA-TWIG": (["d10"], []),
    }  # fmt: skip
    assert next(iter(found())) == "SA-CORE", "the worst comes first"
    row = Advisory.objects.get(identifier="SA-CORE")
    assert row.link == "", "only addresses of pages are links"
    assert str(row.reported_at) == "2026-02-03 04:05:06+00:00"


def test_what_is_withdrawn_is_forgotten_and_what_changed_is_changed(feed: Feed, site: Site) -> None:
    feed.tell("drupal/webform", "SA-1", "<6.1.2")
    feed.tell("drupal/webform", "SA-2", "<6.1.2")
    run(advisory_fetch.ask(by=BY))
    assert found().keys() == {"SA-1", "SA-2"}
    feed.told.clear()
    feed.tell("drupal/webform", "SA-2", "<6.0")
    run(advisory_fetch.ask(by=BY))
    assert list(Advisory.objects.values_list("identifier", "affected")) == [("SA-2", "<6.0")]
    assert found() == {}


@pytest.mark.parametrize(
    "body", [b"<html>", b"[]", b'{"advisories": 7}', b'{"advisories": "x"}', b"[" * 100_000]
)
def test_a_feed_that_talks_nonsense_changes_nothing(feed: Feed, site: Site, body: bytes) -> None:
    feed.tell("drupal/webform", "SA-1", "<6.1.2")
    run(advisory_fetch.ask(by=BY))
    feed.body = body
    task = run(advisory_fetch.ask(by=BY))
    assert task.state == Task.State.FAILED
    assert "127.0.0.1" in task.error
    assert Advisory.objects.count() == 1


def test_a_feed_that_is_away_is_named(feed: Feed, site: Site) -> None:
    feed.status = 503
    task = run(advisory_fetch.ask(by=BY))
    assert task.state == Task.State.FAILED
    assert "127.0.0.1 cannot tell its advisories now (status 503)" in task.error


def test_a_day_without_network_is_a_warning_and_what_was_told_stays(feed: Feed, site: Site) -> None:
    feed.tell("drupal/webform", "SA-1", "<6.1.2")
    run(advisory_fetch.ask(by=BY))
    feed.status = 503
    (asked,) = advisories_due.ask(by="schedule")
    task = run(asked)
    assert task.state == Task.State.WARNED
    (line,) = task.lines.filter(level="warning")
    assert "127.0.0.1 cannot tell its advisories now (status 503). What was told before stays" in line.text
    assert found().keys() == {"SA-1"}
    feed.status, feed.body = 200, b"<html>"
    (asked,) = advisories_due.ask(by="schedule")
    assert run(asked).state == Task.State.FAILED, "a wrong address must be put right by somebody"


def test_of_many_sites_the_first_are_named_and_all_are_counted(site: Site) -> None:
    for number in range(12):
        other = doors.site(f"s{number:02}.example.org", site.platform)
        doors.package(
            "webform", version=("6.1.0", "6.0.9", "6.1.2")[number % 3], site=other, enabled=number < 6
        )
    Advisory.objects.create(identifier="SA-1", package="drupal/webform", affected="<6.1.2")
    Advisory.objects.create(identifier="SA-2", package="drupal/core", affected="<10.1.8")
    rows = affected.found(Package.objects.all(), Platform.objects.all(), Site.objects.all())
    affected.name_sites(rows, Package.objects.all(), Site.objects.all(), 3)
    core, webform = sorted(rows, key=lambda each: each.advisory.package)
    assert (core.site_count, core.enabled) == (13, 13)
    assert [held.name for held in core.sites] == ["one.example.org", "s00.example.org", "s01.example.org"]
    assert (webform.site_count, webform.enabled) == (9, 5)
    assert [(held.name, held.version, held.enabled) for held in webform.sites] == [
        ("one.example.org", "6.1.0", True),
        ("s00.example.org", "6.1.0", True),
        ("s01.example.org", "6.0.9", True),
    ]


def test_many_packages_are_asked_about_in_bites(feed: Feed, site: Site) -> None:
    Package.objects.bulk_create(
        Package(site=site, kind="module", name=f"module_{number}", version="1.0.0") for number in range(450)
    )
    run(advisory_fetch.ask(by=BY))
    assert [len(names) for names in feed.asked] == [200, 200, 55]


def test_it_is_asked_for_by_schedule_unless_nobody_wants_it(feed: Feed, site: Site) -> None:
    asked = advisories_due.ask(by="schedule")
    assert [task.operation for task in asked] == ["advisory_fetch"]
    assert advisories_due.ask(by="schedule") == [], "while one waits there is no second"
    with pytest.raises(Refused, match=f"already, by task {asked[0].pk}"):
        advisory_fetch.ask(by=BY)
    run(asked[0])
    feature.switch("advisories", False)
    assert advisories_due.ask(by="schedule") == []
    with pytest.raises(Refused, match="advisories_feed"):
        advisory_fetch.ask(by=BY)
