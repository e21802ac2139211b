"""A real Aegir on a data folder and ports of its own, for every test that needs one running.

Take the session's shared one with ``from tests.embedded.instance import aegir`` in a ``conftest.py``.
"""

from __future__ import annotations

import os
import pwd
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aegir.embedded import control
from aegir.errors import Unreachable
from tests.home import removed, roomy

AEGIR = Path(sys.executable).with_name("aegir")
PATIENCE = 60.0


class Instance:
    """One data folder. Nothing runs until ``up``; ``end`` leaves nothing behind."""

    def __init__(self) -> None:
        # Short, since sockets lie in it; and open to passers-by, as /var is.
        self.home = Path(tempfile.mkdtemp(prefix="aegir-", dir=roomy()))
        self.home.chmod(0o711)
        self.panel_port, self.http_port = free_ports(2)
        self.more: dict[str, str] = {}
        """Further variables for every command."""

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": os.environ.get("HOME", "/"),
            "LANG": "C.UTF-8",
            "AEGIR_HOME": str(self.home),
            "AEGIR_PANEL_PORT": str(self.panel_port),
            "AEGIR_HTTP_PORT": str(self.http_port),
            **self.more,
        }

    def cli(self, *arguments: str, timeout: float = 180.0) -> subprocess.CompletedProcess[str]:
        """Run ``aegir …`` to its end."""
        return self._run([str(AEGIR), *arguments], timeout)

    def python(self, *arguments: str, timeout: float = 180.0) -> subprocess.CompletedProcess[str]:
        """Run ``python …`` as the instance's own programs would."""
        return self._run([sys.executable, *arguments], timeout)

    def up(self) -> None:
        """Bring it up in the background; the test fails when that fails."""
        done = self.cli("up", "--detach")
        assert done.returncode == 0, done.stderr

    def down(self) -> None:
        done = self.cli("down")
        assert done.returncode == 0, done.stderr

    def status(self) -> dict[str, Any]:
        """What the supervisor tells; only ``running`` and ``well``, both False, when there is none."""
        try:
            return control.ask(self.home / "run/control.sock", {"do": "status"})
        except Unreachable:
            return {"running": False, "well": False, "programs": []}

    def program(self, name: str) -> dict[str, Any]:
        """What status tells of one program."""
        found: dict[str, Any] = next(each for each in self.status()["programs"] if each["name"] == name)
        return found

    def end(self) -> None:
        """End what runs, however it may be doing, and remove the data folder."""
        self.more = {}
        status = self.status()
        if status["running"] and self.cli("down").returncode != 0:
            os.kill(status["pid"], signal.SIGKILL)
        removed(self.home)

    def _run(self, argv: list[str], timeout: float) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            argv, capture_output=True, text=True, env=self.environment, cwd="/", timeout=timeout, check=False
        )


def free_ports(number: int) -> list[int]:
    """TCP ports that nobody listens on."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(number)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


def eventually(true: Callable[[], Any], patience: float = PATIENCE) -> None:
    """Wait until it holds; the test fails when it never does."""
    deadline = time.monotonic() + patience
    while not true():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    """Whether the process runs: one that is dead and only waits to be reaped does not."""
    try:
        os.readlink(f"/proc/{pid}/exe")
    except OSError:
        return False
    return True


def ensure_operator() -> None:
    """The user ``aegir``, as ``script/setup`` makes him."""
    if os.geteuid() != 0:
        return
    try:
        pwd.getpwnam("aegir")
    except KeyError:
        subprocess.run(
            ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/var/aegir", "aegir"],
            check=True,
        )


@pytest.fixture(scope="session")
def aegir() -> Iterator[Instance]:
    """An Aegir that is up and shared by the session; whoever breaks it leaves it whole."""
    ensure_operator()
    instance = Instance()
    try:
        instance.up()
        yield instance
    finally:
        instance.end()


@pytest.fixture
def own() -> Iterator[Instance]:
    """An Aegir of the test's own, not up yet."""
    ensure_operator()
    instance = Instance()
    try:
        yield instance
    finally:
        instance.end()
