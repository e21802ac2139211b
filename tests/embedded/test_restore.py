"""Aegir's own rows and keys come back from an archive, and what was there is kept."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aegir.drivers.archive import panel
from tests.embedded.instance import AEGIR, ensure_operator
from tests.live.postgresql import postgresql

START = """
import django, json, os, sys
os.umask(0o077)
django.setup()
from django.core.management import call_command
from aegir.engine import admission, recovery, runner
from aegir.models import *
from aegir.operations import panel_backup
"""
MAKE = """
call_command("migrate", verbosity=0)
Secret.seal("a site's password", "database password")
User.objects.create(username="alice")
def task(**more):
    about = {"subject_kind": "site", "subject_id": 1, "subject_name": "example.org"}
    return Task.objects.create(asked_by="a", **about, **more)
running = task(operation="site_verify", state="running", token="t")
running.keys.create(key="site:1", held=True)
waiting = panel_backup.ask(by="bob")
Task.objects.filter(pk=waiting.pk).update(priority=-10)
waiting.keys.all().delete()
"""
BACK_UP = """
mine = panel_backup.ask(by="alice")
assert admission.admit("w", 1, ()) == [mine.pk]
token = recovery.new_token()
assert admission.start(mine.pk, token, {})
runner.run(mine.pk, token)
mine.refresh_from_db()
assert mine.state == "succeeded", mine.error
print(json.dumps({"file": mine.result["file"], "mine": mine.pk}))
"""
CHANGE = """
User.objects.create(username="mallory")
Secret.objects.all().delete()
User.objects.filter(username="alice").delete()
"""
LOOK = """
print(json.dumps({
    "people": sorted(User.objects.values_list("username", flat=True)),
    "secrets": [each.reveal() for each in Secret.objects.all()],
    "tasks": {each.pk: [each.operation, each.state, each.asked_by] for each in Task.objects.all()},
    "remedies": [each.remedy for each in Task.objects.exclude(remedy="")],
    "held": list(TaskKey.objects.filter(held=True).values_list("key", flat=True)),
    "next": Task.objects.create(operation="x", subject_kind="x", subject_name="x", asked_by="x").pk,
    "audit": [list(AuditEntry.broken()), *AuditEntry.objects.values_list("action", flat=True)],
}))
"""


class Folder:
    """A data folder of its own, and programs that work on it."""

    def __init__(self, home: Path, **more: str) -> None:
        self.home = home
        self.environment = {**os.environ, "AEGIR_HOME": str(home), "DJANGO_SETTINGS_MODULE": "aegir.settings"}
        self.environment |= more

    def fill(self) -> None:
        from cryptography.fernet import Fernet

        self.home.mkdir(exist_ok=True)
        self.home.chmod(0o711)
        for name in panel.KEYS:
            (self.home / name).write_bytes(Fernet.generate_key())
            (self.home / name).chmod(0o600)
        (self.home / "backups").mkdir(mode=0o700)

    def python(self, code: str) -> Any:
        done = subprocess.run(
            [sys.executable, "-c", START + code],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout) if done.stdout else None

    def restore(self, archive: str | Path, *more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(AEGIR), "admin", "restore", str(archive), *(more or ("--yes",))], env=self.environment,
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def content(self) -> dict[str, bytes]:
        """Rows and keys, and whatever else lies beside them."""
        return {path.name: path.read_bytes() for path in self.home.iterdir() if path.is_file()}


@pytest.fixture
def elsewhere() -> Iterator[Path]:
    """A folder that others can reach."""
    ensure_operator()
    made = Path(tempfile.mkdtemp(prefix="aegir-restore-", dir="/tmp"))
    made.chmod(0o711)
    yield made
    shutil.rmtree(made)


@pytest.fixture
def folder(elsewhere: Path) -> Folder:
    made = Folder(elsewhere / "home")
    made.fill()
    return made


def judge(said: Any, made: Any) -> None:
    """Whatever keeps the rows: they are as they were, and nothing in them goes on by itself."""
    assert said["people"] == ["alice"]
    assert said["secrets"] == ["a site's password"]
    assert sorted(said["tasks"].values()) == [
        ["panel_backup", "cancelled", "alice"],
        ["panel_backup", "cancelled", "bob"],
        ["site_verify", "stuck", "a"],
    ]
    assert said["remedies"] == [
        "Look whether example.org is as it should be, then give the task up: aegir task cancel 1"
    ]
    assert said["held"] == ["site:1"]
    assert said["next"] > made["mine"] + 1000
    assert said["audit"] == [[], "panel_restore"]


def test_rows_and_keys_come_back_and_what_was_there_is_kept(folder: Folder) -> None:
    made = folder.python(MAKE + BACK_UP)
    folder.python(CHANGE)
    key = (folder.home / "secret.key").read_bytes()
    (folder.home / "secret.key").write_bytes(b"another")
    done = folder.restore(made["file"])
    assert done.returncode == 0, done.stderr
    judge(folder.python(LOOK), made)
    assert (folder.home / "secret.key").read_bytes() == key
    kept = sorted(path for path in folder.home.iterdir() if ".before-restore-" in path.name)
    whole = [path.name.partition(".before")[0] for path in kept if not path.name.endswith(("-wal", "-shm"))]
    assert whole == ["aegir.sqlite3", "django.key", "secret.key"]
    assert all(str(path) in done.stdout for path in kept)
    assert kept[-1].read_bytes() == b"another"
    with sqlite3.connect(kept[0]) as before:
        assert before.execute("SELECT username FROM aegir_user").fetchall() == [("mallory",)]
    for name in ("aegir.sqlite3", *panel.KEYS):
        assert (folder.home / name).stat().st_mode & 0o777 == 0o600
    assert list(folder.home.glob(".restoring-*")) == []
    assert Path(made["file"]).exists()


def test_an_empty_machine_takes_an_archive(folder: Folder, elsewhere: Path) -> None:
    made = folder.python(MAKE + BACK_UP)
    other = Folder(elsewhere / "other")
    done = other.restore(made["file"])
    assert done.returncode == 0, done.stderr
    assert "Kept from before" not in done.stdout
    judge(other.python(LOOK), made)


def test_what_cannot_be_put_back_changes_nothing(folder: Folder, elsewhere: Path) -> None:
    archive = Path(folder.python(MAKE + BACK_UP)["file"])
    unpacked = elsewhere / "unpacked"
    unpacked.mkdir()
    opened = panel.unpack(str(archive), str(unpacked))
    rows, keys = str(unpacked / opened.rows), {name: (unpacked / name).read_bytes() for name in panel.KEYS}
    foreign, newer, none = (str(elsewhere / name) for name in ("foreign", "newer", "none"))
    panel.write(foreign, rows=rows, keys={**keys, "secret.key": b"A" * 43 + b"="}, manifest=opened.manifest)
    with sqlite3.connect(rows) as changed:
        changed.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('aegir', '9999_more', '2030')"
        )
    panel.write(newer, rows=rows, keys=keys, manifest=opened.manifest)
    Path(rows).unlink()
    with sqlite3.connect(rows) as changed:
        changed.execute("CREATE TABLE t (a)")
    panel.write(none, rows=rows, keys=keys, manifest=opened.manifest)
    (elsewhere / "cut").write_bytes(archive.read_bytes()[:-100])
    before = folder.content()
    for path, said in {
        foreign: "key in the archive does not open",
        newer: "comes from a newer Aegir, whose 9999_more",
        none: "are not Aegir's",
        str(elsewhere / "cut"): "is truncated",
        str(elsewhere / "nowhere"): "cannot be read",
        "/etc/hostname": "is no archive of Aegir itself",
    }.items():
        done = folder.restore(path)
        assert (done.returncode, said in done.stderr, done.stderr.count("\n")) == (2, True, 1), (
            path,
            done.stderr,
        )
        assert folder.content() == before, path
    assert list(folder.home.glob(".restoring-*")) == []


def test_it_asks_and_waits_until_aegir_is_down(folder: Folder) -> None:
    archive = folder.python(MAKE + BACK_UP)["file"]
    before = folder.content()
    unasked = folder.restore(archive, "--")
    assert (unasked.returncode, "say --yes" in unasked.stderr) == (2, True)
    from aegir.embedded import lock

    (folder.home / "run").mkdir(exist_ok=True)
    with lock.hold(folder.home / "run/up.lock"):
        running = folder.restore(archive)
    assert (running.returncode, "already runs" in running.stderr) == (2, True)
    assert folder.content() == before


def test_rows_in_postgresql_come_back(elsewhere: Path) -> None:
    with postgresql() as address:
        folder = Folder(elsewhere / "home", AEGIR_DATABASE=address)
        folder.fill()
        made = folder.python(MAKE + BACK_UP)
        folder.python(CHANGE)
        done = folder.restore(made["file"])
        assert done.returncode == 0, done.stderr
        judge(folder.python(LOOK), made)
        assert len(list(folder.home.glob("rows.dump.before-restore-*"))) == 1
        other = Folder(elsewhere / "sqlite")
        refused = other.restore(made["file"])
        foreign = elsewhere / "foreign"
        unpacked = elsewhere / "unpacked"
        unpacked.mkdir()
        opened = panel.unpack(made["file"], str(unpacked))
        keys = {"secret.key": b"A" * 43 + b"=", "django.key": b"another"}
        panel.write(str(foreign), rows=str(unpacked / opened.rows), keys=keys, manifest=opened.manifest)
        key = (folder.home / "secret.key").read_bytes()
        folder.python('User.objects.create(username="carol")')
        back = folder.restore(foreign)
        assert (back.returncode, "does not open" in back.stderr) == (2, True), back.stderr
        assert folder.python(LOOK)["people"] == ["alice", "carol"]
        assert (folder.home / "secret.key").read_bytes() == key
        assert len(list(folder.home.glob("rows.dump.before-restore-*"))) == 1
        assert (refused.returncode, "of PostgreSQL: set AEGIR_DATABASE" in refused.stderr) == (2, True)
