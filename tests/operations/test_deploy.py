"""A new site is made of an archive, ours or an older Aegir's, or of a dump and its files; or nothing is."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from aegir.drivers.host.local import Driver as LocalHost
from aegir.engine import ledger
from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Backup, Package, Platform, Secret, Site, SiteName, Task
from aegir.operations import (
    site_backup,
    site_delete,
    site_deploy,
    site_disable,
    site_install,
    site_restore,
    site_undo,
)
from aegir.steps import arriving, backup, record_arrival
from tests.codebases import sources
from tests.operations.hosting import BY, Hosting, die, fail, run, run_killed, sabotage
from tests.operations.moving import DOMAIN, PAGE, directory, front, installed, upload

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

HOME = "home.localhost"
OLD_ARCHIVE = {"settings.php": "<?php exit('Old settings');\n", "drushrc.php": "<?php exit('Old options');\n"}


def succeeded(task: Task) -> Task:
    done = run(task)
    assert done.state == Task.State.SUCCEEDED, done.error
    return done


def backed_up(site: Site) -> Backup:
    task = succeeded(site_backup.ask(domain=site.domain, by=BY))
    return Backup.objects.get(task=task.pk)


def ask(archive: object, domain: str = HOME, **wishes: Any) -> Task:
    return site_deploy.ask(archive=str(archive), domain=domain, platform="shaped", by=BY, **wishes)


def refiled(found: Backup, tmp_path: Path, name: str, change: Callable[[Path], None]) -> Path:
    """The archive, unpacked, changed and packed again by tar."""
    folder, archive = tmp_path / "unpacked", tmp_path / name
    folder.mkdir()
    subprocess.run(["tar", "-xf", str(found.path), "-C", str(folder)], check=True, timeout=60)
    change(folder)
    subprocess.run(["tar", "-caf", str(archive), "-C", str(folder), "."], check=True, timeout=60)
    return archive


@pytest.mark.parametrize("db", ["mysql", "sqlite"])
def test_a_deleted_site_comes_home_from_its_last_backup(hosting: Hosting, ten: Platform, db: str) -> None:
    site = installed(hosting, ten, db)
    salt = site.salt_secret.reveal() if site.salt_secret else ""
    found = backed_up(site)
    succeeded(site_disable.ask(domain=DOMAIN, by=BY))
    succeeded(site_delete.ask(domain=DOMAIN, by=BY))
    succeeded(ask(found.pk, DOMAIN))
    assert PAGE in front(hosting)
    assert hosting.web.nginx.fetch(DOMAIN, "/files/before.txt").body == "An upload"
    home = Site.objects.live().get()
    assert (home.profile, home.language, home.title) == ("studio", "en", DOMAIN)
    assert (home.database.driver, home.state) == (db, Site.State.ENABLED)
    assert home.salt_secret is not None
    assert home.salt_secret.reveal() != salt
    assert home.login_link()
    assert Package.objects.filter(site=home, name="guestbook", enabled=True).exists()


def test_another_name_goes_into_all_that_drupal_keeps_by_path(hosting: Hosting, ten: Platform) -> None:
    found = backed_up(installed(hosting, ten))
    succeeded(ask(found.path, db="sqlite"))
    assert PAGE in front(hosting, HOME)
    assert front(hosting)
    assert Site.objects.get(domain=HOME).title == HOME


def test_an_older_aegirs_archive_is_taken_and_none_of_its_php_is_run(
    hosting: Hosting, ten: Platform, tmp_path: Path
) -> None:
    site = installed(hosting, ten, "mysql")

    def age(folder: Path) -> None:
        (folder / "manifest.json").unlink()
        for name, text in OLD_ARCHIVE.items():
            (folder / name).unlink(missing_ok=True)
            (folder / name).write_text(text)

    archive = refiled(backed_up(site), tmp_path, "demo.localhost-20150101.000000.tar.gz", age)
    succeeded(ask(archive))
    assert PAGE in front(hosting, HOME)
    home = Site.objects.get(domain=HOME)
    assert "Old settings" not in (directory(home) / "settings.php").read_text()
    assert not (directory(home) / "drushrc.php").exists()
    assert (home.profile, (directory(home) / "files/before.txt").read_text()) == ("studio", "An upload")


@pytest.mark.parametrize("packing", ["", ".gz", ".zst"])
def test_a_dump_and_its_files_become_a_site(
    hosting: Hosting, ten: Platform, tmp_path: Path, packing: str
) -> None:
    found = backed_up(installed(hosting, ten, "mysql"))
    files = refiled(found, tmp_path, "all.tar", lambda folder: None).parent / "unpacked"
    dump = tmp_path / "database.sql"
    shutil.move(files / "database.sql", dump)
    if packing:
        program = {".gz": "gzip", ".zst": "zstd"}[packing]
        subprocess.run([program, "-q", str(dump)], check=True, timeout=60)
    given: Path = files / "files"
    if packing == ".gz":
        given = tmp_path / "files.tgz"
        subprocess.run(["tar", "-czf", str(given), "-C", str(files), "files"], check=True, timeout=60)
    succeeded(ask(f"{dump}{packing}", files=str(given)))
    assert PAGE in front(hosting, HOME)
    assert hosting.web.nginx.fetch(HOME, "/files/before.txt").body == "An upload"


def test_a_sqlite_file_alone_becomes_a_site(hosting: Hosting, ten: Platform, tmp_path: Path) -> None:
    found = backed_up(installed(hosting, ten))
    refiled(found, tmp_path, "all.tar", lambda folder: None)
    dump = shutil.move(tmp_path / "unpacked/database.sqlite", tmp_path / "site.sqlite")
    succeeded(ask(dump))
    assert PAGE in front(hosting, HOME)
    assert Site.objects.get(domain=HOME).database.driver == "sqlite"


STEPS: list[type[Step]] = [
    backup.UnpackFiles,
    arriving.SettleFiles,
    backup.LoadDatabase,
    arriving.LeaveOrigin,
    record_arrival.SiteArrived,
]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(("when", "how"), [("after", fail), ("before", die)])
def test_a_broken_deployment_leaves_nothing(
    hosting: Hosting, ten: Platform, step: type[Step], when: str, how: Callable[[], None]
) -> None:
    found = backed_up(installed(hosting, ten))
    start = hosting.state()
    asked = ask(found.pk)
    with sabotage(step, when, how):
        task = run_killed(asked) if how is die else run(asked)
    assert task.state == Task.State.FAILED
    assert hosting.state() == start
    assert hosting.web.nginx.probe(HOME) == 0
    succeeded(ask(found.pk))
    assert PAGE in front(hosting, HOME)


def truncated(folder: Path, archive: Path) -> None:
    archive.write_bytes(archive.read_bytes()[:-60])


def no_archive(folder: Path, archive: Path) -> None:
    archive.write_text("Once upon a time")


def upwards(folder: Path, archive: Path) -> None:
    (folder.parent / "evil").write_text("evil")
    command = ["tar", "-caPf", str(archive), "-C", str(folder), ".", "../evil"]
    subprocess.run(command, check=True, timeout=60)


def leading_out(folder: Path, archive: Path) -> None:
    os.symlink("/etc/passwd", folder / "files/link")
    subprocess.run(["tar", "-caf", str(archive), "-C", str(folder), "."], check=True, timeout=60)


def without_database(folder: Path, archive: Path) -> None:
    (folder / "database.sqlite").unlink()
    (folder / "manifest.json").unlink()
    subprocess.run(["tar", "-caf", str(archive), "-C", str(folder), "."], check=True, timeout=60)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (truncated, "truncated"),
        (no_archive, "is not an archive"),
        (upwards, "leads upwards"),
        (leading_out, "leads out"),
        (without_database, "holds no database"),
    ],
)
def test_a_bad_archive_is_told_for_what_it_is_and_nothing_is_made(
    hosting: Hosting, ten: Platform, tmp_path: Path, spoil: Callable[[Path, Path], None], sentence: str
) -> None:
    found = backed_up(installed(hosting, ten))
    archive = refiled(found, tmp_path, "site.tar.gz", lambda folder: None)
    spoil(tmp_path / "unpacked", archive)
    start = hosting.state()
    task = run(ask(archive, db="sqlite"))
    assert (task.state, sentence in task.error) == (Task.State.FAILED, True), task.error
    assert hosting.state() == start
    assert not SiteName.objects.filter(name=HOME).exists()


def test_an_archive_of_other_drupal_or_other_kind_of_database_is_refused_in_the_task(
    hosting: Hosting, ten: Platform, tmp_path: Path
) -> None:
    found = backed_up(installed(hosting, ten))
    start = hosting.state()
    ten.version = "9.5.0"
    ten.save()
    task = run(ask(found.path, db="sqlite"))
    assert "choose another one" in task.error
    ten.version = "10.1.6"
    ten.save()
    task = run(ask(found.path, db="mysql"))
    assert "choose the other kind of database" in task.error
    assert hosting.state() == start


def test_a_dry_run_tells_the_steps_and_makes_nothing(hosting: Hosting, ten: Platform) -> None:
    found = backed_up(installed(hosting, ten))
    start = hosting.state()
    with ledger.only_looking():
        asked = ask(found.pk)
    task = succeeded(asked)
    assert task.lines.filter(text__contains="Would be done").exists()
    assert hosting.state() == start
    assert Site.objects.live().count() == 1


def test_a_copy_beside_its_original_gets_an_identity_of_its_own(hosting: Hosting, ten: Platform) -> None:
    found = backed_up(installed(hosting, ten))
    task = succeeded(ask(found.pk, identify=True))
    told = task.steps.get(path__endswith=":Identify").found
    assert told["uuid"]
    assert PAGE in front(hosting, HOME)


def test_without_room_nothing_is_made(
    hosting: Hosting, ten: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = backed_up(installed(hosting, ten))
    start = hosting.state()
    monkeypatch.setattr(LocalHost, "free_bytes", lambda self, path: 1 << 20)
    task = run(ask(found.pk))
    assert (task.state, "make room" in task.error) == (Task.State.FAILED, True)
    assert hosting.state() == start


def test_what_cannot_be_deployed_is_refused_at_the_door(
    hosting: Hosting, ten: Platform, tmp_path: Path
) -> None:
    found = backed_up(installed(hosting, ten))
    (tmp_path / "site.zip").write_text("PK")
    (tmp_path / "dump.sql").write_text("SELECT 1;\n")
    (tmp_path / "folder.tar.gz").mkdir()
    secrets = Secret.objects.count()
    refusals: list[tuple[dict[str, Any], str]] = [
        ({"archive": "site.tar.gz"}, "is not absolute"),
        ({"archive": str(tmp_path / "nothing.tar.gz")}, "There is nothing at"),
        ({"archive": str(tmp_path / "folder.tar.gz")}, "is not a file"),
        ({"archive": str(tmp_path / "site.zip")}, "neither archive nor dump"),
        ({"archive": "4711"}, "There is no backup 4711"),
        ({"archive": str(found.pk), "files": str(tmp_path)}, "brings its files"),
        ({"archive": str(tmp_path / "dump.sql"), "files": str(tmp_path / "site.zip")}, "holds no files"),
        ({"archive": str(found.pk), "domain": DOMAIN}, "already a site"),
        ({"archive": str(found.pk), "domain": "nowhere"}, "is not a domain"),
        ({"archive": str(found.pk), "platform": "other"}, "There is no platform"),
    ]
    for wishes, sentence in refusals:
        with pytest.raises(Refused, match=sentence):
            site_deploy.ask(**{"domain": HOME, "platform": "shaped", "by": BY, **wishes})
    assert Secret.objects.count() == secrets
    assert Site.objects.count() == 1


@pytest.mark.parametrize("source", sources())
def test_every_drupal_comes_back_from_its_backup_and_becomes_another_site(
    hosting: Hosting, source: Path
) -> None:
    hosting.rows()
    target = hosting.folder / "code" / "real"
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], check=True, timeout=300)
    platform = hosting.platform("shaped", target)
    wishes = {"platform": platform.name, "profile": "minimal", "db": "mysql"}
    succeeded(site_install.ask(domain=DOMAIN, by=BY, **wishes))
    site = Site.objects.get()
    hosting.content(site).add_page(PAGE)
    upload(hosting, site, "before.txt", "An upload")
    found = backed_up(site)
    hosting.content(site).add_page("Later")
    succeeded(site_restore.ask(domain=DOMAIN, backup=found.pk, by=BY))
    assert hosting.content(site).titles() == [PAGE]
    succeeded(site_undo.ask(domain=DOMAIN, by=BY))
    assert hosting.content(site).titles() == [PAGE, "Later"]
    succeeded(ask(found.pk))
    home = Site.objects.get(domain=HOME)
    assert hosting.content(home).titles() == [PAGE]
    assert hosting.web.nginx.fetch(HOME, "/files/before.txt").body == "An upload"
    assert [hosting.web.nginx.probe(name) for name in (DOMAIN, HOME)] == [200, 200]
