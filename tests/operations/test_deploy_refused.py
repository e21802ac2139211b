"""What cannot become a site is told for what it is, and nothing is made of it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from aegir.drivers.host.local import Driver as LocalHost
from aegir.errors import Refused
from aegir.models import Platform, Secret, Site, SiteName, Task
from aegir.operations import (
    site_deploy,
)
from tests.operations.deploying import HOME, ask, backed_up, refiled
from tests.operations.hosting import BY, Hosting, run
from tests.operations.moving import DOMAIN, installed

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


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


BAD = [
    (truncated, "truncated"),
    (no_archive, "is not an archive"),
    (upwards, "leads upwards"),
    (leading_out, "leads out"),
    (without_database, "holds no database"),
]


def test_a_bad_archive_is_told_for_what_it_is_and_nothing_is_made(
    hosting: Hosting, ten: Platform, tmp_path: Path
) -> None:
    found = backed_up(installed(hosting, ten))
    start = hosting.state()
    for spoil, sentence in BAD:
        place = tmp_path / spoil.__name__
        place.mkdir()
        archive = refiled(found, place, "site.tar.gz", lambda folder: None)
        spoil(place / "unpacked", archive)
        task = run(ask(archive, db="sqlite"))
        assert (task.state, sentence in task.error) == (Task.State.FAILED, True), task.error
        assert hosting.state() == start, sentence
        assert not SiteName.objects.filter(name=HOME).exists(), sentence


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
