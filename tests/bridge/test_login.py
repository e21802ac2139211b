"""The one-time link and maintenance mode as a visitor meets them: through nginx and PHP-FPM."""

from __future__ import annotations

import http.client
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from aegir.drivers.php import Pool
from aegir.drivers.web import PlatformConfig, Vhost
from tests.bridge.conftest import Once
from tests.bridge.sites import TestSite, lay_out
from tests.codebases import Ground
from tests.live.web import LiveWeb


@pytest.fixture(scope="session")
def live_web() -> Iterator[LiveWeb]:
    with LiveWeb() as running:
        yield running


@pytest.fixture(scope="session")
def served(ground: Ground, open_folder: Path, live_web: LiveWeb, once: Once) -> TestSite:
    """An installed site that a private web server shows, its secrets with the web server alone."""
    return once(f"{ground.path} served", lambda: serve(ground, open_folder, live_web))


def serve(ground: Ground, open_folder: Path, live_web: LiveWeb) -> TestSite:
    site = lay_out(ground, open_folder / "databases-of-served")
    domain = site.folder.name
    place = replace(site.place, uri=f"http://{domain}:{live_web.port}")
    # The web server's configuration takes no quotes.
    site = replace(site, place=place, secrets=replace(site.secrets, hash_salt="salt-of-a-served-site"))
    site.install()
    name = ground.path.name.replace(".", "-")
    live_web.fpm.apply({live_web.fpm.path(name): live_web.fpm.render(Pool(name, str(ground.root)))})
    platform = PlatformConfig(name, str(ground.root), live_web.fpm.socket(name))
    vhost = Vhost(
        domain=domain,
        aliases=(),
        platform=name,
        root=str(ground.root),
        site_directory=site.place.directory,
        port=live_web.port,
        secrets=site.secrets.environment(),
    )
    live_web.nginx.apply(
        {
            live_web.nginx.platform_path(name): live_web.nginx.render_platform(platform),
            live_web.nginx.vhost_path(domain): live_web.nginx.render_vhost(vhost),
        }
    )
    return site


class Visitor:
    """A browser without pictures: follows redirects within the site and keeps its cookies."""

    def __init__(self, site: TestSite) -> None:
        self.host = urlsplit(site.place.uri).netloc
        self.port = urlsplit(site.place.uri).port
        self.cookies: dict[str, str] = {}

    def get(self, path: str, redirects: int = 5) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        connection.request("GET", path, headers={"Host": self.host, "Cookie": cookie})
        answer = connection.getresponse()
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = line.partition(";")[0].partition("=")
            self.cookies[name] = value
        page = answer.read().decode(errors="replace")
        connection.close()
        target = answer.headers.get("Location")
        if target and redirects:
            parts = urlsplit(target)
            return self.get(f"{parts.path}?{parts.query}", redirects - 1)
        return answer.status, page


def test_the_login_link_opens_the_account_and_the_administration(served: TestSite) -> None:
    [login] = served.ask("login")
    visitor = Visitor(served)

    status, page = visitor.get(urlsplit(login["url"]).path)

    assert status == 200
    assert "one-time login link" in page
    assert visitor.get("/admin/modules")[0] == 200


def test_the_login_link_works_once(served: TestSite) -> None:
    # A link counts as used when the account's last login has changed, which Drupal keeps in whole seconds.
    time.sleep(1.1)
    [login] = served.ask("login")
    path = urlsplit(login["url"]).path
    Visitor(served).get(path)
    latecomer = Visitor(served)
    latecomer.get(path)
    assert latecomer.get("/admin/modules")[0] == 403


def test_a_visitor_gets_503_during_maintenance_even_where_the_page_was_cached(served: TestSite) -> None:
    # Not the front page: it may be the login form, which stays open.
    page = next(page for page in ("/user/register", "/node") if Visitor(served).get(page)[0] == 200)
    assert Visitor(served).get(page)[0] == 200
    served.ask({"op": "maintenance", "on": True})
    assert Visitor(served).get(page)[0] == 503
    served.ask({"op": "maintenance", "on": False})
    assert Visitor(served).get(page)[0] == 200
