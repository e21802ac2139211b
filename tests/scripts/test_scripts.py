"""The scripts that people run first."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from tests.embedded.instance import Instance, own

__all__ = ["own"]

ROOT = Path(__file__).parents[2]
SCRIPTS = ["script/setup", "script/demo", "script/test", ".ci/run"]


def run(*argv: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **more}
    return subprocess.run(
        argv, capture_output=True, text=True, cwd=ROOT, env=environment, timeout=580, check=False
    )


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_can_be_run_and_has_no_shell_mistakes(script: str) -> None:
    assert os.access(ROOT / script, os.X_OK)
    checked = run("shellcheck", script)
    assert checked.returncode == 0, checked.stdout


def test_no_script_names_an_address() -> None:
    for script in SCRIPTS:
        assert not re.search(r"https?://(?!\$|localhost)", (ROOT / script).read_text())


@pytest.mark.parametrize("arguments", [["--codebase"], ["--nonsense"], ["there"]])
def test_the_demo_shows_its_usage_when_asked_wrongly(arguments: list[str]) -> None:
    asked = run("script/demo", *arguments)
    assert asked.returncode == 2
    assert "usage: script/demo" in asked.stderr


def test_the_demo_refuses_a_codebase_that_is_not_there() -> None:
    asked = run("script/demo", "--codebase", "/nowhere/drupal")
    assert asked.returncode == 2
    assert "/nowhere/drupal" in asked.stderr


def test_setup_refuses_what_it_does_not_know() -> None:
    assert run("script/setup", "--nonsense").returncode == 2


def snapshot(home: Path) -> dict[str, tuple[int, int]]:
    """When code and configuration were last written, and how long they are."""
    files = (path for part in ("platforms", "config") for path in (home / part).rglob("*"))
    # What a running site writes on its own (caches, images) lies in its files.
    own = (path for path in files if path.is_file() and "files" not in path.parts)
    return {str(path): (path.stat().st_mtime_ns, path.stat().st_size) for path in own}


def test_the_demo_ends_in_a_site_with_a_login_link_and_a_second_run_changes_nothing(own: Instance) -> None:
    codebase = str(ROOT / "tests/drupal/ten")
    first = run("script/demo", "--codebase", codebase, **own.environment)
    assert first.returncode == 0, first.stdout + first.stderr
    assert f"http://demo.localhost:{own.http_port}/" in first.stdout
    assert f"http://localhost:{own.panel_port}/sign-in/" in first.stdout
    assert re.search(rf"One-time login  http://demo\.localhost:{own.http_port}/user/reset/\S+", first.stdout)
    before = snapshot(own.home)
    second = run("script/demo", f"--codebase={codebase}", **own.environment)
    assert second.returncode == 0, second.stdout + second.stderr
    assert "Installing" not in second.stdout
    assert re.search(r"One-time login  \S+/user/reset/\S+", second.stdout)
    assert snapshot(own.home) == before


def test_a_demo_of_something_else_is_told_what_is_wrong_and_can_be_run_again(
    own: Instance, tmp_path: Path
) -> None:
    (tmp_path / "readme.txt").write_text("Not Drupal.\n")
    failed = run("script/demo", "--codebase", str(tmp_path), **own.environment)
    assert failed.returncode == 1
    assert "does not contain a valid Drupal installation" in failed.stderr
    again = run("script/demo", "--codebase", str(ROOT / "tests/drupal/ten"), **own.environment)
    assert again.returncode == 0, again.stdout + again.stderr
    assert "http://demo.localhost" in again.stdout
