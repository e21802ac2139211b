"""A private MariaDB: real, empty, and gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import pymysql
import pytest

from aegir.drivers.database import DatabaseServer
from tests.home import roomy

PATIENCE = 60.0
"""Seconds for the server to come up or go down on a busy machine."""


class MariaDb:
    """A server of its own in a temporary directory, on a socket and a free port.

    Its administrator is root with the empty password. Use as a context manager, or ``start`` and ``stop``;
    between the two it may also be ``pause``d (killed) and started again with its data.
    """

    def __init__(self) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="aegir-mariadb-", dir=roomy()))
        self.socket = self.home / "mysql.sock"
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def server(self) -> DatabaseServer:
        """As the driver takes it, by the socket."""
        return DatabaseServer(driver="mysql", socket=str(self.socket), user="root")

    @property
    def tcp_server(self) -> DatabaseServer:
        """As the driver takes it, by TCP."""
        return DatabaseServer(driver="mysql", host="127.0.0.1", port=self.port, user="root")

    def start(self) -> None:
        """Make the data directory if there is none, start the server, and wait until it answers."""
        # The socket is for site users as well; the data directory is for the server alone.
        self.home.chmod(0o755)
        if not (self.home / "data").exists():
            self._install()
        with (self.home / "log").open("ab") as log:
            # Dies with this thread, so that a test run that is killed leaves no server behind.
            command = ["setpriv", "--pdeathsig=KILL", "/usr/sbin/mariadbd", *self._options()]
            self._process = subprocess.Popen(
                [*command, f"--socket={self.socket}", f"--port={self.port}"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + PATIENCE
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError(f"MariaDB did not start:\n{(self.home / 'log').read_text()[-3000:]}")
            time.sleep(0.05)

    def pause(self) -> None:
        """End the server, keep its data."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)
            self._process = None

    def start_if_paused(self) -> None:
        """Bring back a server that was paused."""
        if self._process is None:
            self.start()

    def stop(self) -> None:
        """End the server and remove all that it wrote."""
        self.pause()
        shutil.rmtree(self.home, ignore_errors=True)

    def connect(self, user: str = "root", password: str = "", database: str | None = None) -> Connection:
        return pymysql.connect(
            unix_socket=str(self.socket),
            user=user,
            password=password,
            database=database,
            autocommit=True,
            ssl_disabled=True,
        )

    def query(self, sql: str, *arguments: object) -> list[tuple[object, ...]]:
        """What the administrator is answered."""
        with self.connect() as session, session.cursor() as cursor:
            cursor.execute(sql, arguments or None)
            return list(cursor.fetchall())

    def _install(self) -> None:
        subprocess.run(
            [
                "/usr/bin/mariadb-install-db",
                *self._options(),
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
            ],
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            timeout=PATIENCE,
        )

    def _options(self) -> list[str]:
        return [
            "--no-defaults",
            f"--datadir={self.home / 'data'}",
            f"--pid-file={self.home / 'pid'}",
            f"--user={pwd.getpwuid(os.geteuid()).pw_name}",
            "--bind-address=127.0.0.1",
            "--skip-name-resolve",
            # To the kernel at every commit, never synced: survives the kill of ``pause``, not a power cut.
            "--innodb-flush-log-at-trx-commit=2",
            "--debug-no-sync",
            "--innodb-buffer-pool-size=64M",
        ]

    def _answers(self) -> bool:
        try:
            self.connect().close()
        except pymysql.MySQLError:
            return False
        return True


Connection = pymysql.connections.Connection


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDb]:
    """One server for the whole run; tests share it, so each takes names of its own."""
    with MariaDb() as running:
        yield running
