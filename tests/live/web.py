"""A private web server and a private PHP-FPM in one throw-away folder, on free ports, ended by their ids.

Plain classes, to be used with ``with``; fixtures are up to whoever needs them.
"""

from __future__ import annotations

import os
import pwd
import re
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from aegir.drivers.host import Host
from aegir.drivers.host.local import Driver as LocalHost
from aegir.drivers.php import PhpService
from aegir.drivers.php.fpm import Driver as Fpm
from aegir.drivers.web import WebService
from aegir.drivers.web.apache import Driver as Apache
from aegir.drivers.web.nginx import Driver as Nginx
from tests.home import removed, roomy

WEB_USER = "www-data" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name

Kind = Literal["nginx", "apache"]
BINARIES: dict[Kind, str] = {"nginx": "/usr/sbin/nginx", "apache": "/usr/sbin/apache2"}


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def php_version() -> str:
    """The newest PHP-FPM of this machine."""
    found = (re.fullmatch(r"php-fpm(\d+\.\d+)", path.name) for path in Path("/usr/sbin").glob("php-fpm*"))
    return max(
        (match[1] for match in found if match), key=lambda text: [int(part) for part in text.split(".")]
    )


def web_service(folder: Path, port: int, user: str = WEB_USER, kind: Kind = "nginx") -> WebService:
    return WebService(
        driver=kind,
        binary=BINARIES[kind],
        config=f"{folder}/{kind}/{kind}.conf",
        directory=f"{folder}/{kind}",
        run_directory=f"{folder}/run",
        log_directory=f"{folder}/log",
        user=user,
        group=user,
        port=port,
    )


def php_service(folder: Path, user: str = WEB_USER) -> PhpService:
    version = php_version()
    return PhpService(
        version=version,
        cli=f"/usr/bin/php{version}",
        fpm=f"/usr/sbin/php-fpm{version}",
        config=f"{folder}/php/php-fpm.conf",
        pool_directory=f"{folder}/php/pool.d",
        socket_directory=f"{folder}/run/php",
        pid_file=f"{folder}/run/php-{version}.pid",
        user=user,
        group=user,
        log_directory=f"{folder}/log",
    )


@dataclass
class Daemon:
    """One process in the foreground, in a group of its own."""

    argv: list[str]
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self, answers: Callable[[], bool]) -> None:
        # It ends with whoever started it, even if that is killed.
        argv = ["setpriv", "--pdeathsig", "TERM", *self.argv]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(argv, stdout=log, stderr=log, start_new_session=True)
        end = time.monotonic() + 30
        while not answers():
            if time.monotonic() > end or self.process.poll() is not None:
                raise AssertionError(f"{self.argv[0]} does not start: {self.log.read_text()}")
            time.sleep(0.02)

    def stop(self, number: int = signal.SIGTERM) -> None:
        if self.process is None:
            return
        self.process.send_signal(number)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.process = None


@dataclass
class LiveWeb:
    """A web server and PHP-FPM, ready to take sites."""

    kind: Kind = "nginx"
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="aegir-web-", dir=roomy())))
    port: int = field(default_factory=free_port)
    user: str = WEB_USER

    def __post_init__(self) -> None:
        self.folder.chmod(0o755)
        for name in (self.kind, "php", "run", "log"):
            (self.folder / name).mkdir()
        self.host: Host = LocalHost()
        self.web = web_service(self.folder, self.port, self.user, self.kind)
        self.php = php_service(self.folder, self.user)
        self.driver: Nginx | Apache = (Nginx if self.kind == "nginx" else Apache)(self.host, self.web)
        self.fpm = Fpm(self.host, self.php)
        self.daemons = [
            Daemon(self.driver.command(), self.folder / f"log/{self.kind}.out"),
            Daemon(self.fpm.command(), self.folder / "log/php.out"),
        ]

    @property
    def nginx(self) -> Nginx:
        """The web server, for what nginx alone does."""
        assert isinstance(self.driver, Nginx)
        return self.driver

    def __enter__(self) -> Self:
        try:
            self.start()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self.end()

    def start(self) -> None:
        for driver, daemon in zip((self.driver, self.fpm), self.daemons, strict=True):
            driver.prepare()
            daemon.start(lambda driver=driver: driver.live() is not None)  # type: ignore[misc]

    def end(self) -> None:
        for daemon in self.daemons:
            daemon.stop()
        removed(self.folder)
