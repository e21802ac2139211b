"""A platform from a repository behind a real SSH server, opened by a credential that is kept sealed."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.conf import settings

from aegir.drivers.source import remotes
from aegir.models import Credential, Default, Platform, Task, TaskLine
from aegir.operations import platform_add, platform_build
from tests.codebases import OURS
from tests.live.sshd import Sshd, sshd
from tests.operations.building import repository
from tests.operations.hosting import BY, Hosting, die, run, run_killed

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def server(hosting: Hosting) -> Iterator[Sshd]:
    """One that hands out a codebase; the folder of platforms is there too, and all goes."""
    hosting.rows()
    Default.objects.create(name="sources_private", value=True)
    made = Path(tempfile.mkdtemp(prefix="aegir-ssh-", dir="/tmp"))
    made.chmod(0o755)
    folders = [settings.AEGIR_HOME / name for name in ("platforms", "sources")]
    for each in folders:
        each.mkdir(exist_ok=True)
        each.chmod(0o711)
    repository(OURS / "ten", made)
    with sshd(made) as server:
        Credential.add(name="deploy", host="localhost", kind="key", secret=server.key)
        yield server
    for each in (made, *folders):
        shutil.rmtree(each)


def asked(server: Sshd) -> Task:
    source = {"kind": "git", "location": server.address("repository")}
    return platform_add.ask(name="built", source=source, credentials=["deploy"], by=BY)


def holding(text: str, *folders: Path) -> list[Path]:
    """The files that hold it."""
    paths = (path for folder in folders for path in folder.rglob("*") if path.is_file())
    return [path for path in paths if text.encode() in path.read_bytes()]


def test_it_is_built_and_the_key_is_nowhere(server: Sshd) -> None:
    task = run(asked(server))
    assert task.state == Task.State.SUCCEEDED, task.error
    assert Platform.objects.get(name="built").built["identity"].startswith("commit ")
    line = server.key.splitlines()[2]
    assert holding(line, settings.AEGIR_HOME / "platforms", settings.AEGIR_HOME / "sources") == []
    lines = "\n".join(TaskLine.objects.filter(task=task).values_list("text", flat=True))
    assert line not in lines + str(task.arguments) + str(list(task.steps.values()))


def test_a_kill_while_the_key_is_in_use_leaves_none(server: Sshd) -> None:
    honest, left = remotes.environment, []
    folders = settings.AEGIR_HOME / "platforms", settings.AEGIR_HOME / "sources"
    line = server.key.splitlines()[2]

    def killed(*arguments: Any) -> Any:
        honest(*arguments)
        die()

    with mock.patch.object(remotes, "environment", killed):
        task = run_killed(asked(server), lambda: left.extend(holding(line, *folders)))
    assert [path.name for path in left] == ["key"], "it was there when the kill came"
    assert (task.state, os.listdir(folders[0])) == (Task.State.FAILED, [])
    assert holding(line, *folders) == []
    again = run(platform_build.ask(name="built", by=BY))
    assert again.state == Task.State.SUCCEEDED, again.error
