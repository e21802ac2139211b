"""«aegir panel», its page, and the manual page."""

from __future__ import annotations

import re
import shutil
import subprocess

import click
import pytest
from click.testing import CliRunner
from django.test import Client as Browser
from django.utils import timezone

from aegir.cli import main, manual
from aegir.models import AuditEntry, Task, User
from tests import doors
from tests.cli.conftest import Aegir, Ending, answer

NAME = "aegir-20261122-030000-812.tar.zst"
ARCHIVES = [{"name": NAME, "size": 123456, "made_at": "2026-11-22T03:00:00+00:00"}]


def over(operation: str, **result: object) -> Task:
    return Task.objects.create(
        operation=operation, subject_kind="panel", subject_name="Aegir", asked_by="alice",
        state=Task.State.SUCCEEDED, ended_at=timezone.now(), result={"archives": ARCHIVES, **result},
    )  # fmt: skip


def test_it_shows_what_is_known(aegir: Aegir) -> None:
    first = aegir("panel", "show").stdout
    assert "SQLite" in first
    assert "never" in first
    assert "No backup yet" in first
    over("panel_backup")
    over("panel_verify", findings=[{"what": "space", "well": False, "said": "The disk is nearly full."}])
    Task.objects.create(
        operation="panel_backup", subject_kind="panel", asked_by="a", state="succeeded", dry_run=True
    )
    later = aegir("panel", "show").stdout
    assert NAME in later
    assert "The disk is nearly full." in later
    assert "never" not in later
    told = answer(aegir("panel", "show", "--json"))
    assert told["archives"][0]["size"] == 123456
    assert told["last_backup"]["operation"] == "panel_backup"


@pytest.mark.parametrize("verb", ["verify", "backup"])
def test_both_become_tasks(aegir: Aegir, ending: Ending, verb: str) -> None:
    ending("succeeded", error="", remedy="")
    done = aegir("panel", verb, "--wait")
    assert done.exit_code == 0, done.output
    assert f"panel {verb} Aegir) succeeded." in done.stdout
    assert Task.objects.get().operation == f"panel_{verb}"
    assert AuditEntry.objects.filter(action=f"panel_{verb}", outcome="accepted").count() == 1


@pytest.mark.django_db
def test_the_page_shows_the_same_to_administrators_alone() -> None:
    browser = Browser()
    browser.force_login(doors.alice())
    assert "No backup yet" in browser.get("/panel").content.decode()
    over("panel_verify", findings=[{"what": "space", "well": False, "said": "The disk is nearly full."}])
    page = browser.get("/panel").content.decode()
    assert NAME in page
    assert "The disk is nearly full." in page
    for verb in ("verify", "backup"):
        went = browser.post(f"/panel/{verb}")
        task = Task.objects.latest("pk")
        assert (went.status_code, went["Location"]) == (302, f"/tasks/{task.pk}")
        assert task.operation == f"panel_{verb}"
    browser.force_login(doors.charlie())
    before = Task.objects.count()
    for answered in (browser.get("/panel"), browser.post("/panel/verify"), browser.post("/panel/backup")):
        assert answered.status_code == 403
    assert 'href="/panel"' not in browser.get("/").content.decode()
    assert Task.objects.count() == before
    assert User.objects.count() == 2


def test_the_manual_has_every_command_and_option() -> None:
    done = CliRunner().invoke(main, ["admin", "manual"], prog_name="aegir")
    assert done.exit_code == 0
    assert done.stdout == manual.page(main)
    lines = done.stdout.splitlines()
    root = click.Context(main, info_name="aegir")
    contexts = list(manual._commands(root))
    assert len(contexts) > 60
    for context in contexts:
        assert f".SS {manual._escaped(context.command_path)}" in lines
        for option in context.command.params:
            for flag in option.opts if isinstance(option, click.Option) and not option.hidden else []:
                assert manual._escaped(flag) in done.stdout
    assert done.stdout.isascii()
    for name in ("NAME", "SYNOPSIS", "DESCRIPTION", "COMMANDS", "EXIT STATUS", "ENVIRONMENT", "FILES"):
        assert f".SH {name}" in lines
    requests = {line.split()[0] for line in lines if line.startswith((".", "'"))}
    assert requests <= {".TH", ".SH", ".SS", ".B", ".TP", ".PP", ".nf", ".fi"}


@pytest.mark.skipif(shutil.which("groff") is None, reason="groff is not installed")
def test_groff_has_nothing_to_complain_of() -> None:
    text = manual.page(main).encode()
    done = subprocess.run(["groff", "-man", "-Tutf8", "-ww"], input=text, capture_output=True, check=True)
    assert done.stderr == b""
    said = re.sub(r".\x08|\x1b\[[0-9;]*m", "", done.stdout.decode())
    for words in ("aegir panel backup", "AEGIR_TOKEN_FILE", "EXIT STATUS", "--wait"):
        assert words in said
