"""A build is killed while others' programs run for it: whoever takes it over ends them first."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.conf import settings

from aegir.drivers.source import programs
from aegir.models import Default, Platform, Task
from aegir.operations import platform_add
from tests.drivers.source.composer_packages import OFFLINE, packages, project, written
from tests.faults.platforms import PLACES, at_work
from tests.operations.hosting import BY, Hosting, die, run_killed

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def folder(hosting: Hosting) -> Iterator[Path]:
    """One that anybody may enter."""
    hosting.rows()
    for name in ("sources_private", "composer_scripts"):
        Default.objects.create(name=name, value=True)
    for place in PLACES:
        place.mkdir(exist_ok=True)
        place.chmod(0o711)
    made = Path(tempfile.mkdtemp(prefix="aegir-source-", dir="/tmp"))
    made.chmod(0o755)
    packages(made / "packages")
    yield made
    for place in (made, *PLACES):
        shutil.rmtree(place)


@pytest.fixture
def silent() -> Iterator[str]:
    """The address of a repository on a host that takes every call and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"https://localhost:{server.getsockname()[1]}/code.git"


def from_git(folder: Path, address: str) -> dict[str, Any]:
    return {"kind": "git", "location": address}


def from_composer(folder: Path, address: str) -> dict[str, Any]:
    """A project that names a repository, for which Composer starts git."""
    named = [{"type": "vcs", "url": address}, OFFLINE]
    place = written(folder / "project", project(folder / "packages", repositories=named))
    return {"kind": "composer", "location": str(place)}


def from_script(folder: Path, address: str) -> dict[str, Any]:
    """A project whose script leaves a program behind that has gone to a session of its own."""
    script = "setsid --fork sleep 654 && sleep 654"
    said = project(folder / "packages", scripts={"post-install-cmd": script})
    return {"kind": "composer", "location": str(written(folder / "project", said))}


def dying_beside(program: str) -> Callable[..., Callable[[], None]]:
    """What watches a build from now on: the process that builds dies as soon as that program runs."""

    def watching(*_: object) -> Callable[[], None]:
        def watch() -> None:
            if any(program in line for line in commands()):
                die()

        return watch

    return watching


def commands() -> list[str]:
    return [Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode() for pid in at_work()]


@pytest.mark.parametrize(
    ("source", "program"),
    [(from_git, "remote-https"), (from_composer, "remote-https"), (from_script, "sleep 654")],
)
def test_what_a_killed_build_had_started_is_ended(
    source: Callable[[Path, str], dict[str, Any]], program: str, folder: Path, silent: str
) -> None:
    left: dict[str, set[int]] = {}

    def look() -> None:
        left.update(zip(commands(), [{Path(f"/proc/{pid}").stat().st_uid} for pid in at_work()], strict=True))

    task = platform_add.ask(name="built", source=source(folder, silent), by=BY)
    with mock.patch.object(programs, "watching", dying_beside(program)):
        task = run_killed(task, look)
    builder = pwd.getpwnam(settings.AEGIR_BUILDER).pw_uid if os.geteuid() == 0 else os.geteuid()
    assert any(program in line for line in left), "it ran on when who had started it was dead"
    assert set.union(*left.values()) == {builder}
    assert list(at_work()) == []
    assert (task.state, os.listdir(PLACES[0])) == (Task.State.FAILED, [])
    assert Platform.objects.get(name="built").state == Platform.State.FAILED
