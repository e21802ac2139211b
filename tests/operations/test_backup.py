"""A backup is one archive that anybody can use, made while visitors notice nothing: whole, or none."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

import pytest
from django.conf import settings

from aegir.drivers.host.local import Driver as LocalHost
from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Backup, Platform, Site, Task
from aegir.operations import backup_delete, site_backup, site_restore
from aegir.steps import backup as writing
from aegir.steps import record_backup, room
from tests.operations.hosting import BY, Hosting, die, fail, run, run_killed, sabotage
from tests.operations.moving import DOMAIN, PAGE, front, installed

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

MODES = [("before", fail), ("after", fail), ("before", die), ("after", die)]


def backed_up(domain: str = DOMAIN, **wishes: str) -> Backup:
    task = run(site_backup.ask(domain=domain, by=BY, **wishes))
    assert task.state == Task.State.SUCCEEDED, task.error
    return Backup.objects.get(task=task.pk)


def archives() -> list[Path]:
    """Whatever lies where archives do, hidden or not."""
    return [path for path in (settings.AEGIR_HOME / "backups").rglob("*") if path.is_file()]


@contextmanager
def visiting(hosting: Hosting) -> Iterator[set[int]]:
    """A visitor who asks for the front page again and again; the answers he got."""
    seen: set[int] = set()
    leaving = threading.Event()

    def visit() -> None:
        while not leaving.wait(0.02):
            seen.add(hosting.web.nginx.probe(DOMAIN))

    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        yield seen
    finally:
        leaving.set()
        visitor.join(timeout=60)


@pytest.mark.parametrize(("db", "compression"), [("mysql", "zst"), ("sqlite", "gz")])
def test_an_archive_is_unpacked_by_tar_alone_and_its_settings_open_the_site(
    hosting: Hosting, ten: Platform, tmp_path: Path, db: str, compression: str
) -> None:
    site = installed(hosting, ten, db)
    with visiting(hosting) as seen:
        backup = backed_up(description="For tar", compression=compression)
    assert seen == {200}
    content = backup.path.read_bytes()
    assert (backup.size, backup.sha256) == (len(content), sha256(content).hexdigest())
    assert backup.path.stat().st_mode & 0o777 == 0o600
    subprocess.run(["tar", "-xf", str(backup.path), "-C", str(tmp_path)], check=True, timeout=60)
    assert (tmp_path / "files/before.txt").read_text() == "An upload"
    assert (tmp_path / f"database.{'sql' if db == 'mysql' else 'sqlite'}").stat().st_size > 0
    told = json.loads((tmp_path / "manifest.json").read_text())
    known = (told["domain"], told["profile"], told["description"], told["platform"]["fingerprint"])
    assert known == (DOMAIN, "studio", "For tar", ten.fingerprint)
    assert told["checksums"]["settings.php"] == sha256((tmp_path / "settings.php").read_bytes()).hexdigest()
    code = f"include '{tmp_path}/settings.php'; echo json_encode($databases['default']['default']);"
    printed = subprocess.run(["php", "-r", code], check=True, capture_output=True, timeout=60, text=True)
    plain = json.loads(printed.stdout)
    assert (plain["driver"], site.database_name in plain["database"]) == (db, True)
    if db == "mysql":
        assert site.database_secret is not None
        assert plain["password"] == site.database_secret.reveal()
    assert not (json.dumps(backup.manifest).count(site.salt_secret.reveal()) if site.salt_secret else 1)


@pytest.mark.parametrize("step", [room.HasRoomFor, writing.WriteBackup, record_backup.KeepBackup])
def test_a_broken_backup_is_whole_and_known_or_not_there_at_all(
    hosting: Hosting, ten: Platform, step: type[Step]
) -> None:
    installed(hosting, ten)
    start, kept = hosting.state(), 0
    for when, how in MODES:
        with sabotage(step, when, how):
            asked = site_backup.ask(domain=DOMAIN, by=BY)
            task = run_killed(asked) if how is die else run(asked)
        assert task.state == Task.State.FAILED, (how, when)
        kept += step is record_backup.KeepBackup and when == "after"
        rows = list(Backup.objects.all())
        assert len(rows) == kept, (how, when)
        assert sorted(archives()) == sorted(row.path for row in rows)
        assert all((row.state, row.size) == (Backup.State.READY, row.path.stat().st_size) for row in rows)
        assert hosting.state() == start, (how, when)
    assert hosting.web.nginx.probe(DOMAIN) == 200


def test_without_room_nothing_is_made(
    hosting: Hosting, ten: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    installed(hosting, ten)
    monkeypatch.setattr(LocalHost, "free_bytes", lambda self, path: 1 << 20)
    task = run(site_backup.ask(domain=DOMAIN, by=BY))
    assert (task.state, "make room" in task.error) == (Task.State.FAILED, True)
    assert (archives(), Backup.objects.count()) == ([], 0)


def test_a_deleted_backup_frees_its_room_and_cannot_be_restored(hosting: Hosting, ten: Platform) -> None:
    installed(hosting, ten)
    backup = backed_up()
    task = run(backup_delete.ask(backup=backup.pk, by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error
    backup.refresh_from_db()
    assert (backup.state, archives()) == (Backup.State.DELETED, [])
    gone = f"There is no backup {backup.pk}"
    with pytest.raises(Refused, match=gone):
        backup_delete.ask(backup=backup.pk, by=BY)
    with pytest.raises(Refused, match=gone):
        site_restore.ask(domain=DOMAIN, backup=backup.pk, by=BY)


def test_a_backup_that_a_task_needs_is_not_deleted(hosting: Hosting, ten: Platform) -> None:
    site = installed(hosting, ten)
    backup = backed_up()
    using = site_restore.ask(domain=DOMAIN, backup=backup.pk, by=BY)
    with pytest.raises(Refused, match=f"in use by task {using.pk}"):
        backup_delete.ask(backup=backup.pk, by=BY)
    assert run(using).state == Task.State.SUCCEEDED
    assert PAGE in front(hosting)
    assert run(backup_delete.ask(backup=backup.pk, by=BY)).state == Task.State.SUCCEEDED
    assert Site.objects.get(pk=site.pk).backups.ready().count() == 1


@pytest.mark.parametrize(
    ("wishes", "sentence"),
    [
        ({"domain": "no.localhost"}, "There is no site no.localhost"),
        ({"compression": "zip"}, "There is no compression «zip»"),
        ({"description": "x" * 301}, "too long"),
    ],
)
def test_a_backup_that_makes_no_sense_is_refused(
    hosting: Hosting, ten: Platform, wishes: dict[str, str], sentence: str
) -> None:
    installed(hosting, ten)
    with pytest.raises(Refused, match=sentence):
        site_backup.ask(**{"domain": DOMAIN, "by": BY, **wishes})
    assert Backup.objects.count() == 0
