"""Names that redirect, names that stand for many, and sites that are closed to visitors."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from aegir.drivers.web import VhostState
from tests.drivers.web.conftest import Sites

pytestmark = pytest.mark.live

KEY = "Sesame_-0123456789"
CLOSED: tuple[tuple[VhostState, str, bytes], ...] = (
    ("maintenance", "30", b"is being worked on and will be back in a moment"),
    ("disabled", "3600", b"has been switched off"),
)


@pytest.mark.parametrize(("state", "seconds", "words"), CLOSED)
def test_visitors_of_a_closed_site_are_told_so_everywhere(
    sites: Sites, fresh_site: str, state: VhostState, seconds: str, words: bytes
) -> None:
    sites.put("sites/fresh.test/files/x.txt", "x")
    sites.add(fresh_site, state=state, key=KEY, redirects=("old.test",))
    for path in (
        "/",
        "/index.php",
        "/node/1",
        "/files/x.txt",
        "/sites/fresh.test/files/x.txt",
        "/.git/config",
    ):
        for host, headers in ((fresh_site, {}), ("old.test", {}), (fresh_site, {"Aegir-Probe": KEY.lower()})):
            answer = sites.get(path, host=host, headers=headers)
            assert answer.status == 503
            assert words in answer.body
            assert answer.headers["retry-after"] == seconds
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["content-type"].startswith("text/html")
            assert b"<script" not in answer.body


@pytest.mark.parametrize("state", ["maintenance", "disabled"])
def test_who_knows_the_key_sees_a_closed_site_whole(sites: Sites, fresh_site: str, state: VhostState) -> None:
    sites.put("sites/fresh.test/files/x.txt", "x")
    sites.add(fresh_site, state=state, key=KEY, redirects=("old.test",))
    key = {"Aegir-Probe": KEY}
    told = sites.get("/node/1", host=fresh_site, headers=key)
    assert told.server["REQUEST_URI"] == "/node/1"
    assert KEY.encode() not in told.body
    assert not told.server.get("HTTP_AEGIR_PROBE")
    assert sites.get("/files/x.txt", host=fresh_site, headers=key).body == b"x"
    assert sites.get("/files/new.txt", host=fresh_site, headers=key).server["SCRIPT_NAME"] == "/index.php"
    assert sites.get("/.git/config", host=fresh_site, headers=key).status == 403
    assert sites.get("/", host="old.test", headers=key).status == 301


def test_without_a_key_nobody_sees_a_closed_site(sites: Sites, fresh_site: str) -> None:
    sites.add(fresh_site, state="maintenance")
    for headers in ({}, {"Aegir-Probe": ""}, {"Aegir-Probe": KEY}):
        assert sites.get("/", host=fresh_site, headers=headers).status == 503


def test_a_site_that_is_open_passes_no_key_on(sites: Sites) -> None:
    assert not sites.get("/", headers={"Aegir-Probe": KEY}).server.get("HTTP_AEGIR_PROBE")


def test_the_driver_sees_a_closed_site_with_its_key(sites: Sites, fresh_site: str) -> None:
    sites.put("sites/fresh.test/files/long.txt", "line\n" * 300_000)
    sites.add(fresh_site, state="maintenance", key=KEY, redirects=("old.test",))
    assert sites.driver.probe(fresh_site) == 503
    assert sites.driver.probe(fresh_site, key=KEY) == 200
    seen = sites.driver.fetch(fresh_site, "/node/1", key=KEY)
    assert (seen.status, seen.location) == (200, "")
    assert '"REQUEST_URI":"\\/node\\/1"' in seen.body
    seen = sites.driver.fetch(fresh_site, "/files/long.txt", key=KEY)
    assert seen.body.startswith("line\nline\n")
    assert 1_000_000 < len(seen.body) <= 1024 * 1024
    seen = sites.driver.fetch("old.test", "/a", key=KEY)
    assert (seen.status, seen.location) == (301, f"http://fresh.test:{sites.live.port}/a")


@pytest.fixture
def many_names(sites: Sites, fresh_site: str) -> Iterator[str]:
    """A site shown as www.fresh.test, whose other names redirect there or stand for many."""
    sites.add(
        fresh_site,
        aliases=("www.fresh.test", "*.wild.test", "*.one.test"),
        redirects=(fresh_site, "*.old.test"),
        canonical="www.fresh.test",
    )
    deeper, path = "zz.test", sites.driver.vhost_path("zz.test")
    sites.add(deeper, aliases=("*.deep.wild.test", "exact.wild.test"))
    yield fresh_site
    sites.driver.apply({path: None})


def test_names_that_redirect_keep_the_path(sites: Sites, many_names: str) -> None:
    for host in (many_names, "x.old.test", "y.x.old.test"):
        answer = sites.get("/a%20b/c?d=%2F&e", host=host)
        assert answer.status == 301
        assert answer.headers["location"] == f"http://www.fresh.test:{sites.live.port}/a%20b/c?d=%2F&e"
    told = sites.get("/", host="www.fresh.test").server
    assert told["SERVER_NAME"] == "www.fresh.test"


def test_a_name_may_stand_for_many_and_gives_way_to_names_that_say_more(
    sites: Sites, many_names: str
) -> None:
    for host, site in (
        ("x.wild.test", "fresh.test"),
        ("y.x.wild.test", "fresh.test"),
        ("exact.wild.test", "zz.test"),
        ("x.deep.wild.test", "zz.test"),
        ("www.one.test", "one.test"),
        ("other.one.test", "fresh.test"),
    ):
        assert sites.get("/", host=host).server["aegir_site"] == f"sites/{site}"
    assert sites.driver.probe("wild.test") == 0
