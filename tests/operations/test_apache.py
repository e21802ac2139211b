"""The life of a site behind Apache: on what is shaped like Drupal, and on one real codebase."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from aegir.models import Platform, Site, SiteName, Task
from aegir.operations import platform_verify, site_delete, site_login, site_verify
from tests.codebases import sources
from tests.live.mariadb import MariaDb
from tests.live.web import LiveWeb
from tests.operations.hosting import BY, Hosting, run
from tests.operations.test_life import DOMAIN, get, install, original_of, platform, see_files

__all__ = ["platform"]
pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


@pytest.fixture(scope="module")
def services() -> Iterator[Hosting]:
    with LiveWeb("apache") as web, MariaDb() as mariadb:
        hosting = Hosting(web, mariadb)
        yield hosting
        hosting.end()


@pytest.fixture(scope="module", params=[*sources()[:2], sources()[-1]])
def original(request: pytest.FixtureRequest, services: Hosting) -> Path:
    """Two codebases of our own and a real one."""
    return original_of(request.param, services)


def test_a_site_lives_behind_apache_and_leaves_nothing(hosting: Hosting, platform: Platform) -> None:
    start = hosting.state()
    site = install(platform, db="sqlite")
    status, page, _, _ = get(hosting, f"http://{DOMAIN}/")
    assert (status, DOMAIN in page) == (200, True)
    assert get(hosting, f"http://{DOMAIN}/user/login")[0] == 200
    see_files(hosting, site)
    assert run(site_login.ask(domain=DOMAIN, by=BY)).state == Task.State.SUCCEEDED
    link = Site.objects.get(pk=site.pk).login_link()
    assert link is not None
    status, _, cookie, onward = get(hosting, link)
    assert (status, get(hosting, onward, cookie)[0]) == (302, 200)
    assert run(platform_verify.ask(name=platform.name, by=BY)).state == Task.State.SUCCEEDED
    assert run(site_verify.ask(domain=DOMAIN, by=BY)).state == Task.State.SUCCEEDED
    assert hosting.web.driver.probe(DOMAIN) == 200
    task = run(site_delete.ask(domain=DOMAIN, by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    assert hosting.state() == start
    assert SiteName.objects.count() == 0
    assert hosting.web.driver.probe(DOMAIN) == 0
