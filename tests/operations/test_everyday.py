"""What is done with a site day by day: caches, updates, permissions, Drush."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from aegir.errors import Refused
from aegir.models import Backup, Pair, Platform, Site, Task
from aegir.operations import (
    site_disable,
    site_drush,
    site_flush,
    site_permissions,
    site_undo,
    site_update,
)
from aegir.steps import app, everyday, permissions, record_everyday
from tests.operations.hosting import BY, Hosting, die, fail, run, run_killed, sabotage
from tests.operations.moving import DOMAIN, PAGE, directory, front, installed

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

MODES = [("before", fail), ("after", fail), ("before", die), ("after", die)]
UPDATE = "guestbook_update_10002"


def switch(site: Site, *lines: str) -> None:
    (directory(site) / "switches").write_text("".join(f"{line}\n" for line in lines))


def behind(hosting: Hosting, platform: Platform, db: str = "sqlite") -> Site:
    """A site whose database updates wait."""
    shared = Path(platform.root) / "sites/all"
    shared.mkdir(exist_ok=True)
    (shared / "switches").write_text("behind\n")
    site = installed(hosting, platform, db)
    (shared / "switches").unlink()
    return site


def update(how: Callable[[Task], Task] = run) -> Task:
    return how(site_update.ask(domain=DOMAIN, by=BY))


def test_caches_are_flushed(hosting: Hosting, ten: Platform) -> None:
    site = installed(hosting, ten)
    task = run(site_flush.ask(domain=DOMAIN, by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    switch(site, "rebuild warn")
    task = run(site_flush.ask(domain=DOMAIN, by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    assert task.lines.filter(level="notice", text__contains="was set to warn").exists()
    switch(site, "rebuild throw")
    assert run(site_flush.ask(domain=DOMAIN, by=BY)).state == Task.State.FAILED
    assert PAGE in front(hosting)


def test_where_no_updates_wait_nothing_is_done(hosting: Hosting, ten: Platform) -> None:
    site = installed(hosting, ten)
    start = hosting.state()
    task = update()
    assert (task.state, task.committed) == (Task.State.SUCCEEDED, False)
    assert task.lines.get(level="notice").text == f"No updates are waiting on {DOMAIN}."
    assert (Backup.objects.count(), Pair.objects.count()) == (0, 0)
    now = Site.objects.get(pk=site.pk)
    assert now.database_name == site.database_name
    assert hosting.state() == start


@pytest.mark.parametrize("db", ["mysql", "sqlite"])
def test_updates_run_with_a_backup_first_and_can_be_undone(hosting: Hosting, ten: Platform, db: str) -> None:
    behind(hosting, ten, db)
    task = update()
    assert task.state == Task.State.SUCCEEDED, task.error
    assert task.lines.filter(text__contains="updates ran").exists()
    assert PAGE in front(hosting)
    assert Backup.objects.get().state == Backup.State.READY
    assert "No updates" in update().lines.get(level="notice").text
    undone = run(site_undo.ask(domain=DOMAIN, by=BY))
    assert undone.state == Task.State.SUCCEEDED, undone.error
    assert PAGE in front(hosting)
    again = update()
    assert again.lines.filter(text__contains="updates ran").exists(), again.error


@pytest.mark.parametrize("how", ["throw", "exit", "memory"])
def test_an_update_that_fails_leaves_the_site_as_it_was(hosting: Hosting, ten: Platform, how: str) -> None:
    site = behind(hosting, ten)
    switch(site, f"{UPDATE} {how}")
    start = hosting.state()
    task = update()
    assert task.state == Task.State.FAILED
    assert hosting.state() == start
    assert PAGE in front(hosting)
    assert Backup.objects.get().state == Backup.State.READY
    switch(site)
    assert update().state == Task.State.SUCCEEDED


@pytest.mark.parametrize("step", [everyday.LookForUpdates, app.UpdateDrupal])
def test_an_update_that_breaks_leaves_the_site_as_it_was(hosting: Hosting, ten: Platform, step: type) -> None:
    behind(hosting, ten, "mysql")  # whose files visits change nothing in
    start = hosting.state()
    for when, how in MODES:
        with sabotage(step, when, how):
            task = update(run_killed if how is die else run)
        assert task.state == Task.State.FAILED, (when, how)
        assert hosting.state() == start, (when, how)
        assert PAGE in front(hosting), (when, how)
    assert update().state == Task.State.SUCCEEDED


def test_a_disabled_site_stays_so_when_it_is_updated(hosting: Hosting, ten: Platform) -> None:
    behind(hosting, ten)
    assert run(site_disable.ask(domain=DOMAIN, by=BY)).state == Task.State.SUCCEEDED
    assert update().state == Task.State.SUCCEEDED
    assert "switched off" in hosting.web.nginx.fetch(DOMAIN).body


def test_permissions_are_mended_and_links_are_not_followed(hosting: Hosting, ten: Platform) -> None:
    site = installed(hosting, ten)
    place = directory(site)
    start = hosting.state()
    (place / "modules/own").mkdir()
    outside = hosting.folder / "code/outside/file.txt"
    outside.parent.mkdir()
    for path in (outside, place / "modules/own/own.module", place / "local.settings.php"):
        path.write_text("<?php\n")
    (place / "files/link").symlink_to(outside)
    (place / "modules/way-out").symlink_to(outside.parent)
    os.link(outside, place / "files/second-name")
    spoilt = {place / "modules/own/own.module": 0o666, place / "local.settings.php": 0o666,
              place / "settings.php": 0o644, place / "files": 0o777, place / "files/before.txt": 0o400,
              outside: 0o600}  # fmt: skip
    for path, mode in spoilt.items():
        path.chmod(mode)
    if os.geteuid() == 0:
        shutil.chown(place / "modules/own/own.module", hosting.web.user)
        shutil.chown(place / "files/before.txt", "root", "root")
    task = run(site_permissions.ask(domain=DOMAIN, by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    modes = {path.name: path.stat().st_mode & 0o7777 for path in spoilt}
    assert modes["own.module"] & 0o022 in (0o020, 0)
    assert modes["local.settings.php"] & 0o027 == 0
    assert modes["settings.php"] == 0o440
    assert modes["before.txt"] & 0o600 == 0o600
    assert modes["file.txt"] == 0o600
    if os.geteuid() == 0:
        assert (place / "modules/own/own.module").owner() != hosting.web.user
        assert (place / "files/before.txt").owner() == hosting.web.user
        assert outside.owner() == "root"
    assert task.lines.filter(text__contains="second-name has 2 names").exists()
    after = hosting.state()
    below = f"code/ten/web/{site.directory}/files"
    assert after[below] == start[below]
    again = run(site_permissions.ask(domain=DOMAIN, by=BY))
    assert again.lines.filter(text__startswith="Mended").count() == 0
    assert PAGE in front(hosting)


def test_of_many_mended_files_the_first_are_named(
    hosting: Hosting, ten: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = installed(hosting, ten)
    run(site_permissions.ask(domain=DOMAIN, by=BY))
    monkeypatch.setattr(permissions, "SHOWN", 1)
    for number in range(3):
        path = directory(site) / f"modules/{number}.module"
        path.write_text("<?php\n")
        path.chmod(0o666)
    task = run(site_permissions.ask(domain=DOMAIN, by=BY))
    told = list(task.lines.filter(text__startswith="Mended").values_list("text", flat=True))
    assert told == ["Mended modules/0.module", "Mended 2 more."]


def test_permissions_that_break_are_mended_the_next_time(hosting: Hosting, ten: Platform) -> None:
    site = installed(hosting, ten)
    for when, how in MODES:
        (directory(site) / "modules").chmod(0o777)
        (directory(site) / "files/before.txt").chmod(0o400)
        with sabotage(permissions.MendPermissions, when, how):
            task = (run_killed if how is die else run)(site_permissions.ask(domain=DOMAIN, by=BY))
        assert task.state == Task.State.FAILED, (when, how)
        assert PAGE in front(hosting), (when, how)
    assert run(site_permissions.ask(domain=DOMAIN, by=BY)).state == Task.State.SUCCEEDED
    assert (directory(site) / "modules").stat().st_mode & 0o7777 == 0o2775


def test_a_drush_command_leaves_its_output_as_the_result(hosting: Hosting, ten: Platform) -> None:
    site = installed(hosting, ten)
    task = run(site_drush.ask(domain=DOMAIN, arguments=["status", "--format=json"], by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    assert site.directory in task.result["output"]
    assert task.result["whole"] is True


def test_what_a_command_prints_is_kept_up_to_a_size(
    hosting: Hosting, ten: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = installed(hosting, ten)
    assert site.database_secret is not None
    monkeypatch.setattr(everyday, "LINES", 1)
    monkeypatch.setattr(record_everyday, "SHOWN", 14)
    task = run(site_drush.ask(domain=DOMAIN, arguments=["status"], by=BY))
    assert task.result == {"output": "Drupal version", "remarks": "It printed 2 l", "whole": False}
    assert "It printed 2 lines" in task.lines.get(level="notice").text
    task = run(site_drush.ask(domain=DOMAIN, arguments=["no:such"], by=BY))
    assert (task.state, task.result) == (Task.State.FAILED, {})
    assert "no:such" in task.error
    secret = site.database_secret.reveal()
    run(site_drush.ask(domain=DOMAIN, arguments=["state:set", "told", secret], by=BY))
    task = run(site_drush.ask(domain=DOMAIN, arguments=["state:get", "told"], by=BY))
    assert task.result["output"] == "•••"


def test_drush_is_refused_where_there_is_none_and_for_other_sites(hosting: Hosting, ten: Platform) -> None:
    installed(hosting, ten)
    for arguments in ([], ["@other", "status"], ["status", "--uri=http://other"]):
        with pytest.raises(Refused) as refusal:
            site_drush.ask(domain=DOMAIN, arguments=arguments, by=BY)
        assert refusal.value.field == "arguments"
    with pytest.raises(Refused, match="too long"):
        site_drush.ask(domain=DOMAIN, arguments=["php:eval", "x" * 100_000], by=BY)
    shutil.rmtree(Path(ten.path) / "vendor/drush")
    with pytest.raises(Refused, match="brings no Drush"):
        site_drush.ask(domain=DOMAIN, arguments=["status"], by=BY)
