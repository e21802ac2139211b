"""A migration of a site that is being visited: the worker, or everything, is killed in the middle of it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.drupal.application import upgraded
from tests.embedded.instance import Instance, eventually, own
from tests.test_end_to_end import OURS, OVER, front_page, provide, state

__all__ = ["own"]

pytestmark = pytest.mark.live
DOMAIN = "moved.localhost"


@pytest.fixture
def moving(own: Instance, tmp_path: Path) -> Instance:
    """A site on one platform, and the next release of that as another."""
    own.up()
    release = tmp_path / "following"
    shutil.copytree(OURS / "ten", release)
    upgraded(release)
    provide(own, OURS / "ten")
    provide(own, release)
    done = own.cli("site", "install", DOMAIN, "--platform", "ten", "--profile", "studio", "--wait")
    assert done.returncode == 0, done.stdout + done.stderr
    return own


def platform(instance: Instance) -> str:
    name: str = json.loads(instance.cli("site", "show", DOMAIN, "--json").stdout)["platform"]
    return name


def wait_for(ledger: sqlite3.Connection, task: int, step: str) -> None:
    """Until that step is being done, or the task is over."""
    question = "SELECT count(*) FROM aegir_taskstep WHERE task_id = ? AND path LIKE ? AND state != 'waiting'"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if ledger.execute(question, (task, f"%:{step}")).fetchone()[0] or state(ledger, task) in OVER:
            return
        time.sleep(0.002)
    raise AssertionError(f"{step} of task {task} never began")


def kill(instance: Instance, what: str) -> None:
    if what == "worker":
        os.kill(instance.program("worker")["pid"], signal.SIGKILL)
        return
    os.kill(instance.status()["pid"], signal.SIGKILL)
    eventually(lambda: not instance.status()["running"])
    instance.up()


@pytest.mark.parametrize(
    ("what", "steps"),
    [("worker", ("WriteBackup", "UpdateDrupal", "PublishSite")), ("everything", ("CopyDatabase",))],
)
def test_a_site_whose_migration_is_killed_lives_on_one_platform_and_can_be_moved(
    moving: Instance, what: str, steps: tuple[str, ...]
) -> None:
    with closing(sqlite3.connect(f"file:{moving.home}/aegir.sqlite3?mode=ro", uri=True)) as ledger:
        for step in steps:
            if platform(moving) == "following":
                break
            asked = moving.cli("site", "migrate", DOMAIN, "--to", "following", "--json")
            task = json.loads(asked.stdout)["id"]
            wait_for(ledger, task, step)
            kill(moving, what)
            eventually(lambda task=task: state(ledger, task) in OVER)  # type: ignore[misc]
            ended = state(ledger, task)
            assert ended in ("succeeded", "failed")
            assert platform(moving) == ("following" if ended == "succeeded" else "ten")
            assert front_page(moving, DOMAIN) == 200
    if platform(moving) == "ten":
        assert moving.cli("site", "migrate", DOMAIN, "--to", "following", "--wait").returncode == 0
    assert (platform(moving), front_page(moving, DOMAIN)) == ("following", 200)
    undone = moving.cli("site", "undo", DOMAIN, "--yes", "--wait")
    assert undone.returncode == 0, undone.stdout + undone.stderr
    assert (platform(moving), front_page(moving, DOMAIN)) == ("ten", 200)
