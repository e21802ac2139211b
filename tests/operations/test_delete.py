"""Deleting a site, whole or broken: with a final backup and all that was kept beside it, and nothing else."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from aegir.engine import ledger
from aegir.errors import Refused
from aegir.models import Backup, Pair, Platform, Secret, Site, SiteName, Task, default
from aegir.operations import site_alias_add, site_delete, site_disable, site_install, site_migrate
from aegir.steps import app, backup, record_backup
from tests.operations.hosting import BY, Hosting, die, fail, run, run_killed, sabotage
from tests.operations.moving import DOMAIN, directory, installed, next_release

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

MODES = [("before", fail), ("after", fail), ("before", die), ("after", die)]


@pytest.fixture(autouse=True)
def as_it_comes(ten: Platform) -> None:
    """The defaults as nobody has changed them."""
    default.change("disable_before_delete", "yes")
    default.change("backup_before_delete", "yes")


def disabled(hosting: Hosting, platform: Platform, db: str = "sqlite") -> Site:
    site = installed(hosting, platform, db)
    assert run(site_disable.ask(domain=DOMAIN, by=BY)).state == Task.State.SUCCEEDED
    return site


def delete() -> Task:
    return run(site_delete.ask(domain=DOMAIN, by=BY))


def warnings(task: Task) -> list[str]:
    return list(task.lines.filter(level="warning").values_list("text", flat=True))


def test_an_enabled_site_is_not_deleted_unless_that_was_said(hosting: Hosting, ten: Platform) -> None:
    installed(hosting, ten)
    with pytest.raises(Refused, match=f"«aegir site disable {DOMAIN}»"):
        site_delete.ask(domain=DOMAIN, by=BY)
    assert run(site_delete.ask(domain=DOMAIN, anyway=True, backup=False, by=BY)).state == "succeeded"
    assert not Backup.objects.exists()
    default.change("disable_before_delete", "no")
    installed(hosting, ten)
    assert delete().state == Task.State.SUCCEEDED


@pytest.mark.parametrize("db", ["mysql", "sqlite"])
def test_the_final_backup_is_all_that_is_left(hosting: Hosting, ten: Platform, db: str) -> None:
    start = hosting.state()
    site = disabled(hosting, ten, db)
    assert run(site_alias_add.ask(domain=DOMAIN, name="www.example.org", by=BY)).state == "succeeded"
    task = delete()
    assert (task.state, task.error, warnings(task)) == (Task.State.SUCCEEDED, "", [])
    assert hosting.state() == start
    final = Backup.objects.get(site=site)
    assert (final.state, final.reason) == (Backup.State.READY, "site_delete")
    assert final.path.stat().st_size == final.size > 0
    assert final.manifest["aliases"][0]["name"] == "www.example.org"
    assert not SiteName.objects.exists()


def test_what_a_move_kept_goes_with_the_site(hosting: Hosting, ten: Platform) -> None:
    target = next_release(hosting)
    start = hosting.state()
    installed(hosting, ten, "mysql")
    assert run(site_migrate.ask(domain=DOMAIN, platform=target.name, by=BY)).state == "succeeded"
    assert run(site_disable.ask(domain=DOMAIN, by=BY)).state == "succeeded"
    task = delete()
    assert (task.state, task.error) == (Task.State.SUCCEEDED, "")
    after = hosting.state()
    assert {path for path in after if after[path] != start.get(path)} == set()
    assert set(start) - set(after) == set()
    assert Pair.objects.get().state == Pair.State.GONE
    assert not Secret.objects.filter(purpose__contains=DOMAIN).exists()


@pytest.mark.parametrize("db", ["mysql", "sqlite"])
@pytest.mark.parametrize("lost", ["database", "directory", "settings"])
def test_a_broken_site_is_deleted_without_asking_it(
    hosting: Hosting, ten: Platform, db: str, lost: str
) -> None:
    start = hosting.state()
    site = disabled(hosting, ten, db)
    if lost == "directory":
        shutil.rmtree(directory(site))
    elif lost == "settings":
        (directory(site) / "settings.php").write_text("<?php syntax error")
    elif db == "mysql":
        hosting.mariadb.query(f"DROP DATABASE `{site.database_name}`")
    else:
        shutil.rmtree(hosting.folder / "sqlite" / site.database_name)
    task = delete()
    assert task.state == (Task.State.SUCCEEDED if lost == "settings" else Task.State.WARNED), task.error
    assert Backup.objects.filter(state="ready").count() == (lost == "settings")
    assert not Backup.objects.exclude(state="ready").exists()
    assert [line for line in warnings(task) if "nothing to make a backup of" in line] or lost == "settings"
    assert hosting.state() == start


def test_a_database_server_that_is_away_leaves_the_site_as_it_was(hosting: Hosting, ten: Platform) -> None:
    site = disabled(hosting, ten, "mysql")
    hosting.mariadb.pause()
    try:
        task = delete()
    finally:
        hosting.mariadb.start()
    assert task.state == Task.State.FAILED
    assert (directory(site) / "files/before.txt").exists()
    assert hosting.web.nginx.probe(DOMAIN) == 503
    assert not Backup.objects.exists()
    assert delete().state == Task.State.SUCCEEDED


def test_a_half_installed_site_is_deleted_without_a_backup(hosting: Hosting, ten: Platform) -> None:
    start = hosting.state()
    wish = site_install.ask(domain=DOMAIN, platform=ten.name, profile="minimal", db="mysql", by=BY)
    with sabotage(app.InstallDrupal, "after", fail), pytest.MonkeyPatch.context() as patched:
        patched.setattr("aegir.steps.database.CreateDatabase.undo", lambda *_: fail())
        task = run(wish)
    assert task.state == Task.State.STUCK
    ledger.cancel(task, BY)
    assert Site.objects.get().state == Site.State.FAILED
    assert delete().state == Task.State.SUCCEEDED
    assert hosting.state() == start
    assert not Backup.objects.exists()


def test_what_the_registry_does_not_know_is_told_and_left(hosting: Hosting, ten: Platform) -> None:
    site = disabled(hosting, ten, "mysql")
    stray = Path(ten.root) / "sites" / f".{DOMAIN}.new-999"
    stray.mkdir()
    other = installed(hosting, ten, "mysql", "other.localhost")
    Site.objects.filter(pk=other.pk).update(
        database_name=site.database_name, database_user=site.database_user, state=Site.State.DISABLED
    )
    task = delete()
    assert task.state == Task.State.WARNED
    told = "\n".join(warnings(task))
    assert f"{stray} is left" in told
    assert f"The database {site.database_name} is left, since other.localhost" in told
    assert stray.is_dir()
    assert (site.database_name,) in hosting.mariadb.query("SHOW DATABASES")


@pytest.mark.parametrize("step", [backup.WriteBackup, record_backup.KeepBackup])
def test_a_delete_whose_backup_breaks_leaves_the_site(hosting: Hosting, ten: Platform, step: type) -> None:
    disabled(hosting, ten)
    start = hosting.state()
    for when, how in MODES:
        with sabotage(step, when, how):
            task = (run_killed if how is die else run)(site_delete.ask(domain=DOMAIN, by=BY))
        assert task.state == Task.State.FAILED, (when, how)
        assert hosting.state() == start, (when, how)
        assert all(row.path.exists() for row in Backup.objects.all()), (when, how)
        assert not Backup.objects.exclude(state="ready").exists(), (when, how)
    assert delete().state == Task.State.SUCCEEDED
