"""A whole Aegir, used as people use it: the command line on one side, a browser on the other."""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from tests.codebases import copied, sources
from tests.embedded.instance import Instance, aegir, eventually, own
from tests.live.browser import chromium, needed, opened

__all__ = ["aegir", "chromium", "own"]

pytestmark = pytest.mark.live
OURS = Path(__file__).parent / "drupal"
OVER = ("succeeded", "warned", "failed", "stuck", "cancelled")


def provide(instance: Instance, source: Path, name: str = "") -> str:
    """A copy of the codebase in the data folder, added as a platform; its name."""
    name = name or source.name
    target = instance.home / "platforms" / name
    if not target.exists():
        copied(source, target).chmod(0o755)
        done = instance.cli("platform", "add", name, "--path", str(target), "--wait")
        assert done.returncode == 0, done.stdout + done.stderr
    return name


def front_page(instance: Instance, domain: str) -> int:
    """The status of the site's front page; 0 when nobody answers for that name."""
    connection = http.client.HTTPConnection("127.0.0.1", instance.http_port, timeout=60)
    try:
        connection.request("GET", "/", headers={"Host": f"{domain}:{instance.http_port}"})
        return connection.getresponse().status
    except http.client.RemoteDisconnected:
        return 0


@pytest.mark.browser
@needed
@pytest.mark.parametrize("source", sources())
def test_from_a_codebase_to_the_administration_in_a_browser(
    aegir: Instance, chromium: Browser, source: Path
) -> None:
    name = provide(aegir, source)
    domain = f"{name.replace('.', '-')}.localhost"
    done = aegir.cli("site", "install", domain, "--platform", name, "--wait", timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    link = json.loads(aegir.cli("site", "login", domain, "--json").stdout)["login_link"]
    with opened(chromium, f"http://127.0.0.1:{aegir.panel_port}") as page:
        page.goto(link)
        answer = page.goto(f"http://{domain}:{aegir.http_port}/admin")
        assert answer is not None
        assert answer.status == 200
    assert aegir.cli("site", "disable", domain, "--wait").returncode == 0
    assert aegir.cli("site", "delete", domain, "--anyway", "--yes", "--wait").returncode == 0
    assert front_page(aegir, domain) == 0


def test_a_site_is_backed_up_upgraded_taken_back_cloned_and_deleted(aegir: Instance) -> None:
    provide(aegir, OURS / "ten")
    provide(aegir, OURS / "ten", "next")
    said(aegir, "site install life.localhost --platform ten --profile minimal --db sqlite --wait")
    assert "life.localhost/life.localhost-" in said(
        aegir, "site backup life.localhost --description first --wait"
    )
    check_download(aegir, json.loads(said(aegir, "backup list life.localhost --json"))["items"][0]["id"])
    assert "can go to next" in said(aegir, "site compare life.localhost --to next")
    outlook = said(aegir, "site migrate life.localhost --to next --dry-run")
    assert "nothing was changed" in outlook
    assert platform_of(aegir, "life.localhost") == "ten"
    said(aegir, "site migrate life.localhost --to next --wait")
    assert (platform_of(aegir, "life.localhost"), front_page(aegir, "life.localhost")) == ("next", 200)
    undone = said(aegir, "site undo life.localhost --yes --wait")
    assert "goes back to life.localhost on ten" in undone
    assert (platform_of(aegir, "life.localhost"), front_page(aegir, "life.localhost")) == ("ten", 200)
    said(aegir, "site clone life.localhost --as copy.localhost --wait")
    said(aegir, "site disable life.localhost --wait")
    assert (front_page(aegir, "copy.localhost"), front_page(aegir, "life.localhost")) == (200, 503)
    said(aegir, "site delete life.localhost --yes --wait")
    assert aegir.cli("site", "delete", "copy.localhost", "--yes").returncode == 2
    said(aegir, "site delete copy.localhost --yes --anyway --no-backup --wait")
    assert (front_page(aegir, "copy.localhost"), front_page(aegir, "life.localhost")) == (0, 0)
    kept = json.loads(said(aegir, "backup list life.localhost --json"))["items"]
    assert [backup["reason"] for backup in kept] == [
        "site_delete",
        "site_undo",
        "site_migrate",
        "site_backup",
    ]


def check_download(instance: Instance, number: int) -> None:
    """The archive comes through the panel, which is not root and cannot list the folder of backups."""
    archive = json.loads(said(instance, f"backup show {number} --json"))
    target = instance.home / "fetched.tar.zst"
    said(instance, f"backup download {number} --to {target}")
    assert hashlib.sha256(target.read_bytes()).hexdigest() == archive["sha256"]
    target.unlink()


def said(instance: Instance, command: str) -> str:
    """What a command printed; it went well."""
    done = instance.cli(*command.split(), timeout=120)
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
    return done.stdout


def platform_of(instance: Instance, domain: str) -> str:
    shown: str = json.loads(said(instance, f"site show {domain} --json"))["platform"]
    return shown


@contextmanager
def install_at(instance: Instance, domain: str, step: int) -> Iterator[Callable[[], str]]:
    """An install that has just come to its step of that number; asking for the state of its task."""
    asked = instance.cli("site", "install", domain, "--platform", "ten", "--profile", "minimal", "--json")
    task = json.loads(asked.stdout)["id"]
    with closing(sqlite3.connect(f"file:{instance.home}/aegir.sqlite3?mode=ro", uri=True)) as ledger:
        wait_for_step(ledger, task, step)
        yield lambda: state(ledger, task)


def check_site_or_nothing(instance: Instance, domain: str, ended: str) -> None:
    """Either the site answers, or there is no trace of it and it can be installed; then delete it."""
    site = instance.home / "platforms/ten/web/sites" / domain
    if ended != "succeeded":
        assert ended == "failed"
        assert front_page(instance, domain) == 0
        assert not site.exists()
        assert instance.cli("site", "install", domain, "--platform", "ten", "--wait").returncode == 0
    assert front_page(instance, domain) == 200
    assert instance.cli("site", "disable", domain, "--wait").returncode == 0
    deleted = instance.cli("site", "delete", domain, "--anyway", "--yes", "--wait")
    assert deleted.returncode == 0, deleted.stderr + (instance.home / "log/panel.log").read_text()[-3000:]
    assert not site.exists()


@pytest.mark.parametrize("step", [3, 6, 10])
def test_a_worker_killed_during_an_install_leaves_a_site_or_nothing(aegir: Instance, step: int) -> None:
    provide(aegir, OURS / "ten")
    domain = f"killed-at-{step}.localhost"
    worker = aegir.program("worker")["pid"]
    with install_at(aegir, domain, step) as now:
        os.kill(worker, signal.SIGKILL)
        eventually(lambda: now() in OVER)
        ended = now()
    check_site_or_nothing(aegir, domain, ended)


def test_a_power_cut_during_an_install_is_settled_by_the_next_up(own: Instance) -> None:
    own.up()
    provide(own, OURS / "ten")
    with install_at(own, "cut.localhost", 6) as now:
        os.kill(own.status()["pid"], signal.SIGKILL)
        eventually(lambda: not own.status()["running"])
        own.up()
        eventually(lambda: now() in OVER)
        ended = now()
    check_site_or_nothing(own, "cut.localhost", ended)


def wait_for_step(ledger: sqlite3.Connection, task: int, step: int) -> None:
    question = "SELECT count(*) FROM aegir_taskstep WHERE task_id = ? AND position = ? AND state != 'waiting'"
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if ledger.execute(question, (task, step)).fetchone()[0] or state(ledger, task) in OVER:
            return
        time.sleep(0.002)
    raise AssertionError(f"step {step} of task {task} never began")


def state(ledger: sqlite3.Connection, task: int) -> str:
    found: tuple[str] = ledger.execute("SELECT state FROM aegir_task WHERE id = ?", (task,)).fetchone()
    return found[0]
