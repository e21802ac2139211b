"""Drush 8 itself, beside a real Drupal 7. Nothing here brings one: AEGIR_DRUSH_8 names where one lies."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from aegir.models import Platform, Task
from aegir.operations import site_install, site_rename
from tests.codebases import PHP, REAL
from tests.operations.hosting import BY, Hosting, run

DRUSH = Path(os.environ.get("AEGIR_DRUSH_8", "/nowhere")) / "drush.php"
pytestmark = [
    pytest.mark.live,
    pytest.mark.drupal,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not DRUSH.is_file(), reason="There is no Drush 8 (AEGIR_DRUSH_8)."),
]
DOMAIN, LONGEST = "demo.localhost", "shop.a.www.demo.localhost"


@pytest.fixture
def seven(hosting: Hosting, open_folder: Path) -> Platform:
    source = REAL / "drupal-7.105"
    if not source.is_dir():
        pytest.skip(f"There is no real Drupal under {REAL} (AEGIR_DRUPAL_CODEBASES).")
    hosting.rows()
    path = open_folder / "drupal-7.105"
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(path)], check=True)
    return hosting.platform("real-7.105", path)


def succeeds(task: Task) -> None:
    done = run(task)
    assert done.state in (Task.State.SUCCEEDED, Task.State.WARNED), done.error


def status(alias: str) -> dict[str, str]:
    said = drush(alias, "status", "--format=json")
    found: dict[str, str] = json.loads(said[said.index("{") :])
    return found


def drush(*arguments: str, places: str = "") -> str:
    """As the operator, who is told nothing but where Aegir's files lie."""
    told = places or f"--alias-path={Path(settings.AEGIR_HOME)}/drush"
    done = subprocess.run(
        [PHP, str(DRUSH), told, *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        user=settings.AEGIR_OPERATOR if os.geteuid() == 0 else None,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},
        cwd="/",
    )
    return done.stdout + done.stderr


def test_it_knows_a_site_by_its_domain_and_a_platform_by_its_name(seven: Platform) -> None:
    succeeds(site_install.ask(domain=DOMAIN, platform=seven.name, profile="minimal", db="mysql", by=BY))
    domain = DOMAIN
    for _ in range(2):
        found = status(f"@{domain}")
        assert (found["db-status"], found["bootstrap"]) == ("Connected", "Successful")
        assert (found["site"], found["drupal-version"]) == (f"sites/{domain}", "7.105")
        assert drush(f"@{domain}", "sql-query", "SELECT 7105").strip().endswith("7105")
        if domain == DOMAIN:
            succeeds(site_rename.ask(domain=DOMAIN, to=LONGEST, keep="drop", by=BY))
        domain = LONGEST
    assert "Could not find the alias" in drush(f"@{DOMAIN}", "status")
    assert status(f"@platform_{seven.name}")["root"] == seven.root
    rc = f"--config={Path(settings.AEGIR_HOME)}/drush/drushrc.php"
    assert drush("site-alias", places=rc).split() == ["@none", f"@platform_{seven.name}", f"@{LONGEST}"]
