"""The services that one machine offers to its sites, as their drivers' own value types."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

from aegir import drivers
from aegir.drivers.database import DatabaseServer
from aegir.drivers.php import PhpService
from aegir.drivers.web import WebService
from aegir.embedded.mariadb import SERVER as MARIADB
from aegir.embedded.place import Place
from aegir.errors import Refused

WEB = {"nginx": ("/usr/sbin/nginx", "nginx-light"), "apache": ("/usr/sbin/apache2", "apache2-bin")}
"""Binary and Debian package by driver."""
FPM = re.compile(r"php-fpm(\d+\.\d+)")


def host() -> Any:
    """This machine."""
    return drivers.load("host", "local")("localhost")


def web(place: Place) -> WebService:
    directory = place.config / place.web
    return WebService(
        driver=place.web,
        binary=_installed(*WEB[place.web]),
        config=str(directory / f"{place.web}.conf"),
        directory=str(directory),
        run_directory=str(place.run / place.web),
        log_directory=str(place.log / place.web),
        user=place.web_user,
        group=place.web_group,
        port=place.http_port,
    )


def php(place: Place) -> PhpService:
    """The newest PHP that is installed, with both its command line and its process manager."""
    versions = php_versions()
    if not versions:
        raise Refused("There is no PHP-FPM on this machine; run: apt-get install php-fpm php-cli")
    version = versions[-1]
    return PhpService(
        version=version,
        cli=_installed(f"/usr/bin/php{version}", f"php{version}-cli"),
        fpm=f"/usr/sbin/php-fpm{version}",
        config=str(place.config / f"php/{version}/php-fpm.conf"),
        pool_directory=str(place.config / f"php/{version}/pool.d"),
        socket_directory=str(place.run / "php"),
        pid_file=str(place.run / f"php-{version}.pid"),
        user=place.web_user,
        group=place.web_group,
        socket_group=place.web_group,
        log_directory=str(place.log / "php"),
    )


def php_versions(directory: Path = Path("/usr/sbin")) -> list[str]:
    """PHP versions with a process manager, oldest first."""
    found = (FPM.fullmatch(path.name) for path in directory.glob("php-fpm*"))
    return sorted((match[1] for match in found if match), key=lambda text: [int(n) for n in text.split(".")])


def mysql(place: Place) -> DatabaseServer:
    """The private MariaDB. Its administrator is the worker's system account, known by the socket's peer:
    there is no password to keep."""
    _installed(MARIADB, "mariadb-server")
    return DatabaseServer(
        driver="mysql", socket=str(place.mysql_socket), user=administrator(place), grant_hosts=("localhost",)
    )


def sqlite(place: Place) -> DatabaseServer:
    return DatabaseServer(
        driver="sqlite", user="", root=str(place.home / "sqlite"), file_user=place.web_user, grant_hosts=()
    )


def administrator(place: Place) -> str:
    """Whom MariaDB takes for its administrator: the user that the worker runs as."""
    return "root" if place.as_root else place.operator


def _installed(binary: str, package: str) -> str:
    if not os.access(binary, os.X_OK):
        raise Refused(f"{binary} is not on this machine; run: apt-get install {package}")
    return binary
