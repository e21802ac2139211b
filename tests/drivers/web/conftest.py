"""One nginx and one PHP-FPM for the module, with a code base that tells what PHP was given."""

from __future__ import annotations

import http.client
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from aegir.drivers.php import Pool
from aegir.drivers.web import PlatformConfig, Vhost
from aegir.drivers.web.apache import Driver as Apache
from aegir.drivers.web.nginx import Driver as Nginx
from tests.live.web import LiveWeb

TELL = "<?php header('Content-Type: application/json'); echo json_encode($_SERVER);"


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def server(self) -> dict[str, str]:
        """PHP's ``$_SERVER``, when PHP answered."""
        found: dict[str, str] = json.loads(self.body)
        return found


@dataclass
class Sites:
    """Sites of one platform on a live server."""

    live: LiveWeb
    root: Path

    @property
    def driver(self) -> Nginx | Apache:
        return self.live.driver

    def vhost(self, domain: str, **more: object) -> Vhost:
        values = {"aliases": (), "secrets": {"db_name": "tale", "db_passwd": "s3cret"}, **more}
        return Vhost(
            domain=domain,
            platform="p1",
            root=str(self.root),
            site_directory=f"sites/{domain}",
            port=self.live.port,
            **values,  # type: ignore[arg-type]
        )

    def add(self, domain: str, **more: object) -> Vhost:
        for folder in ("files", "private/files"):
            (self.root / "sites" / domain / folder).mkdir(parents=True, exist_ok=True)
        vhost = self.vhost(domain, **more)
        self.driver.apply({self.driver.vhost_path(domain): self.driver.render_vhost(vhost)})
        return vhost

    def put(self, path: str, text: str) -> None:
        """A file below the document root."""
        place = self.root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def get(self, path: str, host: str = "one.test", headers: dict[str, str] | None = None) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.live.port, timeout=20)
        try:
            connection.request("GET", path, headers={"Host": f"{host}:{self.live.port}", **(headers or {})})
            response = connection.getresponse()
            return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()


@pytest.fixture(scope="session", params=["nginx", "apache"])
def live_web(request: pytest.FixtureRequest) -> Iterator[LiveWeb]:
    with LiveWeb(request.param) as live:
        yield live


@pytest.fixture(scope="session")
def sites(live_web: LiveWeb) -> Sites:
    """The sites one.test and two.test."""
    found = Sites(live_web, live_web.folder / "code")
    for program in (
        "index.php",
        "update.php",
        "install.php",
        "core/install.php",
        "modules/a.php",
        "sites/s.php",
    ):
        found.put(program, TELL)
    driver, fpm = live_web.driver, live_web.fpm
    fpm.apply({fpm.path("p1"): fpm.render(Pool("p1", str(found.root)))})
    platform = PlatformConfig("p1", str(found.root), fpm.socket("p1"))
    driver.apply({driver.platform_path("p1"): driver.render_platform(platform)})
    found.add("one.test", aliases=("www.one.test",))
    found.add("two.test", secrets={"db_name": "other"})
    return found


@pytest.fixture
def fresh_site(sites: Sites, request: pytest.FixtureRequest) -> Iterator[str]:
    """A domain that only this test uses, gone afterwards."""
    domain = "fresh.test"
    sites.add(domain)
    yield domain
    sites.driver.apply({sites.driver.vhost_path(domain): None})
    shutil.rmtree(sites.root / "sites" / domain)
