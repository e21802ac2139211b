"""A site goes back to what a backup holds, and can come back from there; a broken one is helped as well."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings

from aegir.drivers.host.local import Driver as LocalHost
from aegir.engine import ledger
from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Backup, Pair, Platform, Site, Task
from aegir.operations import (
    platform_verify,
    site_backup,
    site_install,
    site_migrate,
    site_rename,
    site_restore,
    site_undo,
)
from aegir.steps import arriving, backup, record_arrival, trees
from tests.operations.hosting import BY, Hosting, die, fail, run, run_killed, sabotage
from tests.operations.moving import DOMAIN, PAGE, directory, front, installed, next_release, upload

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

LATER = "Written after the backup"
STEPS: list[type[Step]] = [
    backup.UnpackFiles,
    arriving.SettleFiles,
    backup.LoadDatabase,
    trees.MoveTree,
    record_arrival.PairRestored,
]
"""The matrix of faults breaks every step there is; these are a restore's own."""


def succeeded(task: Task) -> Task:
    done = run(task)
    assert done.state == Task.State.SUCCEEDED, done.error
    return done


def backed_up(hosting: Hosting, site: Site) -> Backup:
    """A backup, after which more is written."""
    task = succeeded(site_backup.ask(domain=site.domain, by=BY))
    hosting.content(site).add_page(LATER)
    upload(hosting, site, "later.txt", "An upload after the backup")
    return Backup.objects.get(task=task.pk)


def ask(found: Backup, platform: str | None = None) -> Task:
    return site_restore.ask(domain=DOMAIN, backup=found.pk, platform=platform, by=BY)


@pytest.mark.parametrize("db", ["mysql", "sqlite"])
def test_a_site_goes_back_to_its_backup_and_comes_back_from_there(
    hosting: Hosting, ten: Platform, db: str
) -> None:
    site = installed(hosting, ten, db)
    found = backed_up(hosting, site)
    salt = site.salt_secret.reveal() if site.salt_secret else ""
    succeeded(ask(found))
    page = front(hosting)
    assert (PAGE in page, LATER in page) == (True, False)
    assert hosting.web.nginx.fetch(DOMAIN, "/files/before.txt").body == "An upload"
    assert hosting.web.nginx.probe(DOMAIN, "/files/later.txt") == 404
    site.refresh_from_db()
    assert site.salt_secret is not None
    assert site.salt_secret.reveal() == salt
    safety = Backup.objects.exclude(pk=found.pk).get()
    assert (safety.state, safety.reason) == (Backup.State.READY, "site_restore")
    assert Pair.objects.kept().get().reason == "site_restore"
    succeeded(site_undo.ask(domain=DOMAIN, by=BY))
    assert LATER in front(hosting)
    assert hosting.web.nginx.fetch(DOMAIN, "/files/later.txt").status == 200


def test_uploads_that_come_back_are_phps_to_change_and_settings_are_not(
    hosting: Hosting, ten: Platform
) -> None:
    site = installed(hosting, ten)
    place = directory(site)
    (place / "local.settings.php").write_text("<?php\n$config['system.site']['slogan'] = 'Mine';\n")
    uploaded, other = place / "files/before.txt", place / "files"
    before = [(path.stat().st_uid, path.stat().st_gid, path.stat().st_mode) for path in (uploaded, other)]
    uploaded.chmod(0o660)
    succeeded(ask(backed_up(hosting, site)))
    after = [(path.stat().st_uid, path.stat().st_gid, path.stat().st_mode) for path in (uploaded, other)]
    assert (after[0][:1], after[1]) == (before[0][:1], before[1])
    assert (uploaded.stat().st_gid, uploaded.stat().st_mode & 0o777) == (other.stat().st_gid, 0o660)
    assert (place / "local.settings.php").read_text().endswith("'Mine';\n")
    for path in (place / "settings.php", place / "local.settings.php", place):
        assert path.stat().st_mode & 0o022 == 0
    assert not list(place.parent.glob(".*.new-*"))


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(("when", "how"), [("after", fail), ("after", die)])
def test_a_broken_restore_leaves_the_site_as_it_was_but_for_the_safety_backup(
    hosting: Hosting, ten: Platform, step: type[Step], when: str, how: Callable[[], None]
) -> None:
    site = installed(hosting, ten)
    found = backed_up(hosting, site)
    start = without_phps(hosting)
    asked = ask(found)
    with sabotage(step, when, how):
        task = run_killed(asked) if how is die else run(asked)
    assert task.state == Task.State.FAILED
    assert without_phps(hosting) == start
    assert LATER in front(hosting)
    assert not Pair.objects.exists()
    rows = {row.path for row in Backup.objects.all()}
    assert {path for path in (settings.AEGIR_HOME / "backups").rglob("*") if path.is_file()} == rows
    succeeded(ask(found))
    assert LATER not in front(hosting)


def without_phps(hosting: Hosting) -> dict[str, object]:
    """All but what a page that is asked for changes by itself."""
    passing = ("/files/", ".sqlite", "site.sqlite-journal")
    return {path: seen for path, seen in hosting.state().items() if not any(part in path for part in passing)}


@pytest.mark.parametrize("db", ["mysql", "sqlite"])
def test_a_site_whose_database_is_gone_comes_back_with_a_warning(
    hosting: Hosting, ten: Platform, db: str
) -> None:
    site = installed(hosting, ten, db)
    found = backed_up(hosting, site)
    if db == "mysql":
        hosting.mariadb.query(f"DROP DATABASE `{site.database_name}`")
    else:
        shutil.rmtree(hosting.folder / "sqlite" / site.database_name)
    task = run(ask(found))
    assert (task.state, task.error) == (Task.State.WARNED, "")
    (warning,) = task.lines.filter(level="warning").values_list("text", flat=True)
    assert warning.startswith(f"The database {site.database_name} is gone")
    assert PAGE in front(hosting)
    assert list(Backup.objects.all()) == [found]


def test_a_site_whose_directory_is_gone_comes_back(hosting: Hosting, ten: Platform) -> None:
    site = installed(hosting, ten)
    found = backed_up(hosting, site)
    shutil.rmtree(directory(site))
    assert run(ask(found)).state == Task.State.WARNED
    assert PAGE in front(hosting)


def test_a_migrated_site_goes_back_to_the_platform_of_its_backup(hosting: Hosting, ten: Platform) -> None:
    target = next_release(hosting)
    site = installed(hosting, ten)
    found = backed_up(hosting, site)
    succeeded(site_migrate.ask(domain=DOMAIN, platform=target.name, by=BY))
    succeeded(ask(found))
    page = front(hosting)
    assert (str(ten.root) in page, LATER in page) == (True, False)
    succeeded(site_undo.ask(domain=DOMAIN, by=BY))
    assert str(target.root) in front(hosting)


def test_a_backup_goes_to_a_newer_platform_and_its_updates_run(hosting: Hosting, ten: Platform) -> None:
    target = next_release(hosting)
    site = installed(hosting, ten)
    task = succeeded(ask(backed_up(hosting, site), platform=target.name))
    assert task.lines.filter(text__contains="updates ran").exists()
    page = front(hosting)
    assert (str(target.root) in page, PAGE in page) == (True, True)


def test_a_renamed_site_takes_a_backup_of_its_old_name(hosting: Hosting, ten: Platform) -> None:
    site = installed(hosting, ten)
    found = backed_up(hosting, site)
    succeeded(site_rename.ask(domain=DOMAIN, to="other.localhost", by=BY))
    succeeded(site_restore.ask(domain="other.localhost", backup=found.pk, by=BY))
    assert PAGE in front(hosting, "other.localhost")
    site.refresh_from_db()
    assert site.title == "other.localhost"


def test_code_that_changed_since_is_told_and_updated(hosting: Hosting, ten: Platform) -> None:
    site = installed(hosting, ten)
    found = backed_up(hosting, site)
    (Path(ten.root) / "modules/extra").mkdir(parents=True)
    info = "name: Extra\ntype: module\ncore_version_requirement: ^10\n"
    (Path(ten.root) / "modules/extra/extra.info.yml").write_text(info)
    assert run(platform_verify.ask(name=ten.name, by=BY)).state == Task.State.WARNED
    task = run(ask(found))
    assert (task.state, task.error) == (Task.State.WARNED, "")
    assert task.lines.filter(level="warning", text__contains="changed since").exists()
    assert PAGE in front(hosting)


def test_a_changed_or_truncated_archive_changes_nothing(hosting: Hosting, ten: Platform) -> None:
    site = installed(hosting, ten)
    found = backed_up(hosting, site)
    start = without_phps(hosting)
    found.path.write_bytes(found.path.read_bytes()[:-100])
    task = run(ask(found))
    assert (task.state, "no longer what was written" in task.error) == (Task.State.FAILED, True)
    assert without_phps(hosting) == start
    assert LATER in front(hosting)


def test_a_dry_run_tells_the_steps_and_makes_nothing(hosting: Hosting, ten: Platform) -> None:
    found = backed_up(hosting, installed(hosting, ten))
    start = hosting.state()
    with ledger.only_looking():
        asked = ask(found)
    task = succeeded(asked)
    assert task.lines.filter(text__contains="Would be done").exists()
    assert hosting.state() == start
    assert (list(Backup.objects.all()), Pair.objects.count()) == ([found], 0)


def test_without_room_nothing_is_made(
    hosting: Hosting, ten: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = backed_up(hosting, installed(hosting, ten))
    start = without_phps(hosting)
    monkeypatch.setattr(LocalHost, "free_bytes", lambda self, path: 1 << 20)
    task = run(ask(found))
    assert (task.state, "make room" in task.error) == (Task.State.FAILED, True)
    assert without_phps(hosting) == start


def spoil_state(platform: Platform) -> None:
    platform.state = Platform.State.DELETED


def spoil_profile(platform: Platform) -> None:
    platform.packages.filter(kind="profile", name="studio").delete()


def spoil_version(platform: Platform) -> None:
    platform.version, platform.major = "9.5.0", 9


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (spoil_state, "came from the platform shaped .* which is deleted: name another one of Drupal 10"),
        (spoil_profile, "Its profile studio is not in shaped"),
        (spoil_version, "It holds a site of Drupal 10.* and shaped is Drupal 9.5.0"),
    ],
)
def test_a_platform_that_no_longer_fits_is_named_with_what_it_lacks(
    hosting: Hosting, ten: Platform, spoil: Callable[[Platform], None], sentence: str
) -> None:
    found = backed_up(hosting, installed(hosting, ten))
    spoil(ten)
    ten.save()
    with pytest.raises(Refused, match=sentence):
        ask(found)


def test_a_locked_platform_takes_back_only_who_lives_there(hosting: Hosting, ten: Platform) -> None:
    target = next_release(hosting)
    site = installed(hosting, ten)
    found = backed_up(hosting, site)
    for platform in (ten, target):
        platform.state = Platform.State.LOCKED
        platform.save()
    with pytest.raises(Refused, match="locked"):
        ask(found, platform=target.name)
    succeeded(ask(found))
    site.platform = target
    site.save()
    with pytest.raises(Refused, match="locked"):
        ask(found)


def test_a_backup_of_another_site_is_refused_with_the_way_to_use_it(hosting: Hosting, ten: Platform) -> None:
    found = backed_up(hosting, installed(hosting, ten))
    succeeded(site_install.ask(domain="two.localhost", platform=ten.name, db="sqlite", by=BY))
    with pytest.raises(Refused, match=f"aegir site deploy {found.pk}"):
        site_restore.ask(domain="two.localhost", backup=found.pk, by=BY)
    with pytest.raises(Refused, match="There is no backup 4711"):
        site_restore.ask(domain=DOMAIN, backup=4711, by=BY)
