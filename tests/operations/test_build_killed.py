"""A build is killed while others' programs run for it: whoever takes it over ends them first."""

from __future__ import annotations

import os
import shutil
import subprocess
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
from tests.faults.platforms import PLACES, at_work, read
from tests.operations.building import git
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


def endless(folder: Path) -> str:
    """A repository of the builder's that git never comes to the end of."""
    place = written(folder / "endless", {"name": "studio/endless"})
    git("init", "--quiet", "--initial-branch=main", at=place)
    os.mkfifo(place / ".git/packed-refs")
    if os.geteuid() == 0:
        subprocess.run(["chown", "-R", settings.AEGIR_BUILDER, str(place)], check=True)
    return str(place)


def from_git(folder: Path) -> dict[str, Any]:
    return {"kind": "git", "location": endless(folder)}


def from_composer(folder: Path) -> dict[str, Any]:
    """A project that names a repository, for which Composer starts git."""
    named = [{"type": "vcs", "url": endless(folder)}, OFFLINE]
    place = written(folder / "project", project(folder / "packages", repositories=named))
    return {"kind": "composer", "location": str(place)}


def from_script(folder: Path) -> dict[str, Any]:
    """A project whose script leaves a program behind that has gone to a session of its own."""
    script = "setsid --fork sleep 654 && sleep 654"
    said = project(folder / "packages", scripts={"post-install-cmd": script})
    return {"kind": "composer", "location": str(written(folder / "project", said))}


def dying_beside(program: str) -> Callable[..., Callable[[], None]]:
    """What watches a build from now on: the process that builds dies as soon as that program runs."""

    def watching(*_: object) -> Callable[[], None]:
        def watch() -> None:
            if any(line.startswith(program) for line in commands().values()):
                die()

        return watch

    return watching


def commands() -> dict[int, str]:
    """Of what works for a build, by process."""
    return {pid: read(pid, "cmdline").replace(b"\0", b" ").decode() for pid in at_work()}


@pytest.mark.parametrize(
    ("source", "program"), [(from_git, "git"), (from_composer, "git"), (from_script, "sleep 654")]
)
def test_what_a_killed_build_had_started_is_ended(
    source: Callable[[Path], dict[str, Any]], program: str, folder: Path
) -> None:
    left: dict[int, str] = {}
    task = platform_add.ask(name="built", source=source(folder), by=BY)
    with mock.patch.object(programs, "watching", dying_beside(program)):
        task = run_killed(task, lambda: left.update(commands()))
    assert any(line.startswith(program) for line in left.values()), "it runs on when who started it is dead"
    assert commands() == {}
    assert (task.state, os.listdir(PLACES[0])) == (Task.State.FAILED, [])
    assert Platform.objects.get(name="built").state == Platform.State.FAILED
