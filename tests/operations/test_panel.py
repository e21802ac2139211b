"""Aegir's own rows and keys are backed up, verified, and come back."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from aegir.drivers.archive import panel
from aegir.engine import admission, recovery, runner
from aegir.errors import Broken, Refused
from aegir.home import MODES
from aegir.models import AuditEntry, Schedule, Secret, Task, Worker, default
from aegir.operations import own, panel_backup, panel_verify, schedules
from aegir.steps import panel as steps

pytestmark = pytest.mark.django_db(transaction=True)
SCRIPT = Path(sys.executable).with_name("aegir")


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The run's data folder, with the folders and modes that «aegir up» gives it."""
    monkeypatch.setattr(runner, "PAUSES", (0.0, 0.0))
    here = Path(settings.AEGIR_HOME)
    for name in ("backups", "kept"):
        (here / name).mkdir(exist_ok=True)
    for name in MODES:
        if (here / name).is_dir():  # other tests of this run may have made it
            (here / name).chmod(MODES[name])
    for name in panel.KEYS:
        (here / name).chmod(0o600)
    yield here
    shutil.rmtree(here / "backups/panel", ignore_errors=True)


def run(task: Task) -> Task:
    """As a worker's child would."""
    assert admission.admit("w", 1) == [task.pk]
    token = recovery.new_token()
    assert admission.start(task.pk, token, {})
    runner.run(task.pk, token)
    task.refresh_from_db()
    return task


def backed_up() -> Path:
    task = run(panel_backup.ask(by="alice"))
    assert task.state == Task.State.SUCCEEDED, task.error
    return Path(task.result["file"])


def found(task: Task) -> dict[str, Any]:
    return {each["what"]: each for each in task.result["findings"]}


def inside() -> list[str]:
    return sorted(os.listdir(own.folder())) if os.path.isdir(own.folder()) else []


def test_an_archive_holds_rows_keys_and_what_they_are(home: Path, tmp_path: Path) -> None:
    Secret.seal("the password of a site", "database password")
    archive = backed_up()
    assert archive.stat().st_mode & 0o777 == 0o600
    assert archive.parent.stat().st_mode & 0o777 == 0o700
    assert inside() == [archive.name]
    opened = panel.unpack(str(archive), str(tmp_path))
    for name in panel.KEYS:
        assert (tmp_path / name).read_bytes() == (home / name).read_bytes()
    with sqlite3.connect(tmp_path / opened.rows) as rows:
        assert rows.execute("SELECT purpose FROM aegir_secret").fetchall() == [("database password",)]
        assert rows.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert opened.manifest["rows"] == "SQLite"
    assert "aegir.0001_foundation" in opened.manifest["migrations"]
    assert set(opened.manifest["checksums"]) == {*panel.KEYS, "rows.sqlite3"}


def test_only_the_last_ones_stay(home: Path) -> None:
    default.change("panel_backups", "2")
    archives = [backed_up().name for _ in range(3)]
    assert inside() == sorted(archives)[1:]
    assert [each.name for each in own.facts().archives] == sorted(archives, reverse=True)[:2]
    default.change("panel_backups", "0")
    backed_up()
    assert len(inside()) == 3


def test_somebody_elses_file_in_the_folder_stays(home: Path) -> None:
    default.change("panel_backups", "1")
    backed_up()
    (Path(own.folder()) / "notes.txt").write_text("mine")
    last = backed_up()
    assert inside() == sorted([last.name, "notes.txt"])


@pytest.mark.parametrize("when", ["copying", "packing", "named"])
def test_a_backup_that_breaks_leaves_nothing(when: str, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = backed_up()
    copy, write = steps.own_rows().copy, panel.write

    def broken_copy(self: Any, path: str) -> None:
        copy(path)
        raise Broken("The disk is full.")

    def broken_write(path: str, **more: Any) -> Any:
        write(path, **more)
        if when == "packing":
            os.rename(path, f"{path}.part")
        raise Broken("The disk is full.")

    if when == "copying":
        monkeypatch.setattr(type(steps.own_rows()), "copy", broken_copy)
    else:
        monkeypatch.setattr(panel, "write", broken_write)
    task = run(panel_backup.ask(by="alice"))
    assert (task.state, task.error) == (Task.State.FAILED, "The disk is full.")
    assert inside() == [before.name]


KILLED = """
import os, signal, sys
import django
django.setup()
from aegir.drivers.archive import panel
from aegir.drivers.rows import sqlite
from aegir.engine import runner
from django.db import connections

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

where = sys.argv[3]
if where == "copied":
    panel.write = die
else:
    write = panel.write
    def written(*a, **k):
        write(*a, **k)
        die()
    panel.write = written
connections["default"].settings_dict["NAME"] = sys.argv[4]
runner.run(int(sys.argv[1]), sys.argv[2])
"""


@pytest.mark.parametrize("where", ["copied", "written"])
def test_a_backup_that_is_killed_leaves_nothing(where: str, home: Path) -> None:
    task = panel_backup.ask(by="alice")
    assert admission.admit("w", 1) == [task.pk]
    token = recovery.new_token()
    assert admission.start(task.pk, token, {})
    name = str(connection.settings_dict["NAME"])
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(task.pk), token, where, name], check=False, capture_output=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "aegir.settings"}, text=True,
    )  # fmt: skip
    assert done.returncode == -9, done.stderr
    assert inside() != []
    Task.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    [(number, old)] = recovery.expired()
    again = recovery.take_over(number, old, "w")
    assert again is not None
    assert again.ready()
    assert admission.start(task.pk, again.token, {})
    runner.run(task.pk, again.token)
    task.refresh_from_db()
    assert task.state == Task.State.FAILED
    assert inside() == []


def test_a_backup_is_made_each_day() -> None:
    schedules.ensure()
    row = Schedule.objects.get(operation="panel_backup")
    assert row.every == timedelta(days=1)


def test_what_is_well_is_said_to_be(home: Path) -> None:
    Worker.beat("w", 4)
    AuditEntry.record(actor="alice", door="page", action="site_verify", outcome="done")
    backed_up()
    task = run(panel_verify.ask(by="alice"))
    bad = [each["said"] for each in found(task).values() if not each["well"]]
    assert [said for said in bad if "make room" not in said] == []
    assert set(found(task)) == {
        "database",
        "tables",
        "secrets",
        "audit",
        "workers",
        "space",
        "backup",
        "modes",
    }
    assert own.facts().verify == task


def test_what_is_wrong_is_warned_of_and_modes_are_mended(home: Path) -> None:
    (home / "secret.key").chmod(0o644)
    (home / "backups").chmod(0o755)
    Schedule.objects.create(
        name="x", operation="panel_backup", every=timedelta(days=1), next_at=timezone.now(), last_error="No."
    )
    Secret.objects.create(purpose="foreign", sealed=b"not sealed by this key")
    task = run(panel_verify.ask(by="alice"))
    assert task.state == Task.State.WARNED, task.error
    assert (home / "secret.key").stat().st_mode & 0o777 == 0o600
    assert (home / "backups").stat().st_mode & 0o777 == 0o711
    said = found(task)
    assert said["modes"]["said"] == "Mended: backups, secret.key."
    assert "No worker" in said["workers"]["said"]
    assert "The schedule x was refused: No." in said["workers"]["said"]
    assert said["secrets"]["said"].startswith("1 secrets do not open")
    assert said["backup"]["said"].startswith("There is no backup of Aegir itself")
    assert not any(said[what]["well"] for what in ("modes", "workers", "secrets", "backup"))


def test_an_old_archive_is_warned_of(home: Path) -> None:
    archive = backed_up()
    archive.rename(archive.with_name("aegir-20240101-000000-1.tar.zst"))
    said = found(run(panel_verify.ask(by="alice")))["backup"]
    assert not said["well"]
    assert "hours old" in said["said"]


def test_a_damaged_database_is_told_of(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "rows") as rows:
        rows.execute("CREATE TABLE t (a)")
        rows.executemany("INSERT INTO t VALUES (?)", [("x" * 500,)] * 200)
    content = bytearray((tmp_path / "rows").read_bytes())
    content[4096:12288] = b"\xff" * 8192
    (tmp_path / "rows").write_bytes(content)
    from aegir.drivers.rows import sqlite

    assert sqlite.Driver({"NAME": tmp_path / "rows"}).faults() != []
    assert sqlite.Driver({"NAME": tmp_path / "none"}).faults() != []


def test_what_is_no_archive_is_refused(home: Path, tmp_path: Path) -> None:
    archive = backed_up()
    whole = archive.read_bytes()
    cases = {"text": b"hello", "cut": whole[: len(whole) // 2], "empty": b""}
    for name, content in cases.items():
        (tmp_path / name).write_bytes(content)
        into = tmp_path / f"{name}-into"
        into.mkdir()
        with pytest.raises(Refused):
            panel.unpack(str(tmp_path / name), str(into))
    with pytest.raises(Refused, match="cannot be read"):
        panel.unpack(str(tmp_path / "none"), str(tmp_path))


def test_an_archive_that_is_not_what_it_says_is_refused(tmp_path: Path) -> None:
    rows = tmp_path / "rows.sqlite3"
    rows.write_bytes(b"rows")
    keys = dict.fromkeys(panel.KEYS, b"key")
    for name, manifest, said in (
        ("site", {"kind": "site"}, "no archive of Aegir itself"),
        ("newer", {"kind": "panel", "format": 2}, "newer Aegir"),
    ):
        path, into = str(tmp_path / name), tmp_path / f"{name}-into"
        into.mkdir()
        panel.write(path, rows=str(rows), keys=keys, manifest=manifest)
        with pytest.raises(Refused, match=said):
            panel.unpack(path, str(into))
