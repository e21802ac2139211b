"""A new site is made of an archive, ours or an older Aegir's, or of a dump and its files; or nothing is."""

from __future__ import annotations

import itertools
import shutil
import subprocess
from pathlib import Path

import pytest

from aegir.engine import ledger
from aegir.engine.step import Step
from aegir.models import Package, Platform, Site, Task
from aegir.operations import (
    site_delete,
    site_disable,
)
from aegir.steps import arriving, backup, record_arrival
from tests.operations.deploying import HOME, ask, backed_up, refiled, succeeded
from tests.operations.hosting import BY, Hosting, die, fail, run, run_killed, sabotage
from tests.operations.moving import DOMAIN, PAGE, directory, front, installed

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

OLD_ARCHIVE = {"settings.php": "<?php exit('Old settings');\n", "drushrc.php": "<?php exit('Old options');\n"}


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


def test_a_broken_deployment_leaves_nothing(hosting: Hosting, ten: Platform) -> None:
    found = backed_up(installed(hosting, ten))
    start = hosting.state()
    for step, (when, how) in itertools.product(STEPS, [("after", fail), ("before", die)]):
        asked = ask(found.pk)
        with sabotage(step, when, how):
            task = run_killed(asked) if how is die else run(asked)
        assert task.state == Task.State.FAILED, (step, how, when)
        assert hosting.state() == start, (step, how, when)
        assert hosting.web.nginx.probe(HOME) == 0, (step, how, when)
    succeeded(ask(found.pk))
    assert PAGE in front(hosting, HOME)


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
