"""Where the host contract is tried: this machine and the one in memory, as root and as a normal user."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from aegir.drivers.host import Host
from aegir.drivers.host import local as local_driver
from aegir.drivers.host import memory as memory_driver
from aegir.drivers.host.memory import Call, Reply
from tests.live.normal_user import NORMAL_USER, being_normal_user


@dataclass(frozen=True)
class Ground:
    """A host, and an empty directory on it."""

    host: Host
    at: str
    user: str

    def path(self, name: str) -> str:
        return f"{self.at}/{name}"


def _slow(call: Call) -> Reply:
    raise TimeoutError


PROGRAMS: dict[str, Callable[[Call], Reply]] = {
    "cat": lambda call: Reply(out=call.stdin or ""),
    "false": lambda call: Reply(code=1),
    "ls": lambda call: Reply(code=2, err=f"ls: cannot access '{call.argv[1]}'\n"),
    "sleep": _slow,
    "pwd": lambda call: Reply(out=f"{call.cwd}\n"),
    "id": lambda call: Reply(out=f"{call.user}\n"),
    "printenv": lambda call: Reply(out=f"{call.env[call.argv[1]]}\n"),
    "seq": lambda call: Reply(out="".join(f"{n}\n" for n in range(1, int(call.argv[1]) + 1))),
    "grep": lambda call: Reply(code=0 if call.argv[-1] in (call.stdin or "") else 1),
    "sh": lambda call: Reply(out="one\ntwo\n", err="oops\n", answers='{"done": true}\n'),
}
"""What the machine in memory has installed: as much as these tests use."""


@contextmanager
def _ground(place: str, user: str, directory: Path) -> Iterator[Ground]:
    if place == "memory":
        host = memory_driver.Driver(user=user)
        host.commands.update(PROGRAMS)
        host.make_directory("/ground")
        yield Ground(host, "/ground", user)
    elif user != "root":
        with being_normal_user() as (name, home):
            yield Ground(local_driver.Driver(), home, name)
    elif os.geteuid() != 0:
        pytest.skip("only root can be root")
    else:
        yield Ground(local_driver.Driver(), str(directory), user)


@pytest.fixture(
    params=["local as root", f"local as {NORMAL_USER}", "memory as root", f"memory as {NORMAL_USER}"]
)
def ground(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    place, _, user = request.param.partition(" as ")
    with _ground(place, user, tmp_path) as made:
        yield made


@pytest.fixture(params=["local", "memory"])
def as_root(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    with _ground(request.param, "root", tmp_path) as made:
        yield made


@pytest.fixture(params=["local", "memory"])
def as_user(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Ground]:
    with _ground(request.param, NORMAL_USER, tmp_path) as made:
        yield made
