"""A server with its services as rows, a platform as rows: doors are tested without any machine."""

from __future__ import annotations

import getpass
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from aegir.engine import runner
from aegir.models import Platform, Server, Service
from tests.live.mariadb import MariaDb
from tests.live.web import LiveWeb
from tests.operations.hosting import Hosting


@pytest.fixture
def server(db: None, tmp_path: Path) -> Server:
    server = Server.objects.create(name="localhost", state=Server.State.ENABLED)
    me = getpass.getuser()
    run = str(tmp_path / "run")
    Service.objects.create(
        server=server,
        family=Service.WEB,
        driver="nginx",
        settings={
            "driver": "nginx",
            "binary": "/usr/sbin/nginx",
            "config": f"{run}/nginx.conf",
            "directory": run,
            "run_directory": run,
            "log_directory": run,
            "user": me,
            "group": me,
            "port": 8080,
        },
    )
    Service.objects.create(
        server=server,
        family=Service.PHP,
        driver="fpm",
        settings={
            "version": "8.2",
            "cli": "/usr/bin/php8.2",
            "fpm": "/usr/sbin/php-fpm8.2",
            "config": f"{run}/php-fpm.conf",
            "pool_directory": f"{run}/pool.d",
            "socket_directory": run,
            "pid_file": f"{run}/php.pid",
            "user": me,
            "group": me,
        },
    )
    for driver in ("sqlite", "mysql"):
        Service.objects.create(
            server=server, family=Service.DATABASE, driver=driver, settings={"driver": driver}
        )
    return server


@pytest.fixture
def codebase() -> Iterator[Path]:
    """A folder that any user can reach and that looks like Drupal 10 to the door."""
    with tempfile.TemporaryDirectory(prefix="aegir-code-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)
        root = Path(folder).resolve() / "code"
        (root / "web/core/lib").mkdir(parents=True)
        (root / "web/core/lib/Drupal.php").write_text("<?php\nclass Drupal { const VERSION = '10.9.9'; }\n")
        (root / "web/sites").mkdir()
        yield root


@pytest.fixture
def platform(server: Server, codebase: Path) -> Platform:
    return Platform.objects.create(
        name="d10",
        path=str(codebase),
        docroot="web",
        server=server,
        state=Platform.State.ENABLED,
        version="10.9.9",
        major=10,
        profiles=["standard", "minimal"],
        languages=["en", "de"],
    )


@pytest.fixture(scope="session")
def services() -> Iterator[Hosting]:
    with LiveWeb() as web, MariaDb() as mariadb:
        hosting = Hosting(web, mariadb)
        yield hosting
        hosting.end()


@pytest.fixture
def hosting(services: Hosting, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hosting]:
    """Services that host nothing yet; failures are not waited for."""
    monkeypatch.setattr(runner, "PAUSES", (0.0, 0.0))
    monkeypatch.setattr(runner, "PATIENT_PAUSES", (0.0, 0.0))
    yield services
    services.clear()


@pytest.fixture
def ten(hosting: Hosting) -> Platform:
    """The application in the shape of Drupal 10, verified."""
    hosting.rows()
    return hosting.platform("shaped", hosting.code("ten"))
