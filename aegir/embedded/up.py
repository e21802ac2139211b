"""Bringing Aegir up: everything that can be refused is refused before the first program starts."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import os
import pwd
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack, closing
from typing import Any

from aegir import configs
from aegir.embedded import services
from aegir.embedded.home import prepare
from aegir.embedded.leftovers import end_leftovers
from aegir.embedded.lock import hold
from aegir.embedded.place import WEB_CHOICE, WEB_SERVERS, Place
from aegir.embedded.ports import holder
from aegir.embedded.programs import binaries, programs
from aegir.embedded.rows import REFUSED
from aegir.embedded.supervisor import Say, Supervisor
from aegir.errors import Broken, Refused

ROWS_PATIENCE = 300.0
"""Seconds for the database's migrations."""


def bring_up(place: Place, say: Say, started: Callable[[str], None]) -> None:
    """Run Aegir until it is told to stop. ``started`` is called once, with "" when everything is ready or
    with the reason why it is not. Refused or Broken when it did not come to that."""
    os.umask(0o077)
    check_code(place)
    known = binaries(place)
    prepare(place)
    with ExitStack() as stack:
        stack.enter_context(hold(place.lock))
        for name in end_leftovers(place.run / "children.json", known):
            say(f"Ended {name}, which an interrupted run had left behind.")
        check_ports(place)
        configure(place)
        write_rows(place)
        choose_web(place)
        stack.enter_context(closing(keep_open(place)))
        tcp = stack.enter_context(_listen_tcp(place))
        unix = stack.enter_context(_listen_unix(place))
        supervisor = Supervisor(programs(place, tcp, unix), place.run, facts(place), say)
        asyncio.run(supervisor.run(started))


def facts(place: Place) -> dict[str, Any]:
    """What people want to know of a running Aegir."""
    return {"home": str(place.home), "panel": place.panel_url, "http_port": place.http_port}


def check_code(place: Place) -> None:
    """Refused when the users that parts run as cannot read Aegir's own code."""
    user = place.user(place.operator)
    if user is None:
        return
    try:
        pwd.getpwnam(user)
    except KeyError as error:
        raise Refused(
            f"There is no user {user} on this machine; run script/setup, which makes him."
        ) from error
    command = [*_as(user), sys.executable, "-c", "import aegir.settings, uvicorn, django"]
    tried = subprocess.run(
        command, capture_output=True, text=True, cwd="/", env=place.environment(), check=False
    )
    if tried.returncode != 0:
        reason = (tried.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        raise Refused(
            f"The user {user} cannot run Aegir's code with {sys.executable} ({reason}); run script/setup,"
            " which puts it where he can."
        )


def check_ports(place: Place) -> None:
    """Refused when somebody else listens where Aegir must."""
    if place.panel_port == place.http_port:
        raise Refused(
            f"AEGIR_PANEL_PORT and AEGIR_HTTP_PORT are both {place.http_port}; set them to different ports.",
            field="AEGIR_PANEL_PORT",
        )
    for port, name in ((place.panel_port, "AEGIR_PANEL_PORT"), (place.http_port, "AEGIR_HTTP_PORT")):
        taken = holder(port)
        if taken is not None:
            raise Refused(
                f"Port {port} is taken by {taken}; end it, or set {name} to a free port.", field=name
            )


def configure(place: Place) -> None:
    """Write the private MariaDB's options; web server and PHP have theirs from their drivers."""
    host, path = services.host(), str(place.config / "mariadb/mariadb.cnf")
    text = configs.render(
        "mariadb/mariadb.cnf.j2",
        socket=place.mysql_socket,
        pid_file=place.run / "mysql/mysql.pid",
        own=configs.checked(place.config / "mariadb/post.d", "path"),
    ).encode()
    if host.read(path) != text:
        host.write(path, text)


def write_rows(place: Place) -> None:
    """Migrate the database and write this machine's rows, as the user who owns the database file."""
    command = [sys.executable, "-m", "aegir.embedded.rows", json.dumps(service_rows(place))]
    user = place.user(place.operator)
    done = subprocess.run(
        [*_as(user), *command] if user else command,
        env=place.environment(),
        cwd=place.home,
        capture_output=True,
        text=True,
        timeout=ROWS_PATIENCE,
        check=False,
    )
    if done.returncode == REFUSED:
        raise Refused(done.stderr.strip())
    if done.returncode != 0:
        raise Broken(f"{place.home}/aegir.sqlite3 could not be brought up to date:\n{done.stderr.strip()}")


def choose_web(place: Place) -> None:
    """Keep the choice for the next start, and take away what another web server knew of platforms and sites:
    should it be chosen again, all is verified anew, and nothing old may be served meanwhile."""
    host = services.host()
    host.write(str(place.home / WEB_CHOICE), f"{place.web}\n".encode())
    for other in set(WEB_SERVERS) - {place.web}:
        for folder in ("vhost.d", "platform.d"):
            for name in host.list(str(place.config / other / folder)):
                host.remove(str(place.config / other / folder / name))


def keep_open(place: Place) -> sqlite3.Connection:
    """A connection to the database that does nothing but stay.

    SQLite removes the write-ahead log with the last connection and makes it anew with the next; panel and
    worker open and close theirs all the time, and would now and then meet it half made.
    """
    connection = sqlite3.connect(place.home / "aegir.sqlite3")
    connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return connection


def service_rows(place: Place) -> list[dict[str, Any]]:
    """This machine's services as ``models.Service`` keeps them."""
    web, php = services.web(place), services.php(place)
    mysql, sqlite = services.mysql(place), services.sqlite(place)
    start = [sys.executable, "-m", "aegir.embedded", "start", "mysql", "--home", str(place.home)]
    return [
        {"family": "web", "driver": web.driver, "settings": dataclasses.asdict(web), "start": []},
        {"family": "php", "driver": "fpm", "settings": dataclasses.asdict(php), "start": []},
        {"family": "database", "driver": "sqlite", "settings": dataclasses.asdict(sqlite), "start": []},
        {"family": "database", "driver": "mysql", "settings": dataclasses.asdict(mysql), "start": start},
    ]


def _as(user: str) -> list[str]:
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", "--no-new-privs", "--"]


def _listen_tcp(place: Place) -> socket.socket:
    try:
        family, _, _, _, address = socket.getaddrinfo(
            place.panel_address, place.panel_port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        return socket.create_server(address[:2], family=family, backlog=128)
    except OSError as error:
        raise Refused(
            f"The panel cannot listen on {place.panel_address}, port {place.panel_port} ({error}); set"
            " AEGIR_PANEL_ADDRESS and AEGIR_PANEL_PORT to an address of this machine and a free port.",
            field="AEGIR_PANEL_ADDRESS",
        ) from error


def _listen_unix(place: Place) -> socket.socket:
    path = place.api_socket
    path.unlink(missing_ok=True)
    bound = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        bound.bind(str(path))
    finally:
        os.umask(before)
    if place.as_root:
        owner = pwd.getpwnam(place.operator)
        os.chown(path, owner.pw_uid, owner.pw_gid, follow_symlinks=False)
    bound.listen(128)
    return bound
