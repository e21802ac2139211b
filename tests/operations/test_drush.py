"""What tells a person's own Drush of sites: it follows them wherever they go, and opens nothing to others."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from aegir.drivers.app.drupal_aliases import drush_alias
from aegir.models import Platform, Site, Task
from aegir.operations import (
    drush_aliases,
    platform_delete,
    site_clone,
    site_delete,
    site_install,
    site_rename,
    site_verify,
)
from tests.codebases import PHP, REAL
from tests.operations.hosting import BY, Hosting, run

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]

DOMAIN, LONGER, LONGEST = "demo.localhost", "www.demo.localhost", "a.www.demo.localhost"
OURS = {"drush.yml", "drushrc.php"}


def folder() -> Path:
    return Path(settings.AEGIR_HOME) / "drush"


def told() -> set[str]:
    """All files below Drush's folder that are about sites or platforms."""
    return {str(path.relative_to(folder())) for path in folder().rglob("*") if path.is_file()} - OURS


def succeeds(task: Task) -> Task:
    done = run(task)
    assert done.state in (Task.State.SUCCEEDED, Task.State.WARNED), done.error
    return done


def install(platform: Platform, domain: str = DOMAIN, profile: str = "studio") -> Site:
    asked = site_install.ask(domain=domain, platform=platform.name, profile=profile, db="mysql", by=BY)
    succeeds(asked)
    return Site.objects.get(domain=domain)


def files_of(domain: str, shared: str) -> set[str]:
    own = {
        f"{domain}.alias.drushrc.php",
        f"secrets/{domain}.php",
        f"sites/{domain.replace('.', '_')}.site.yml",
    }
    return own | {shared}


def php(code: str, *arguments: str, user: str | None = None) -> str:
    done = subprocess.run(
        [PHP, "-r", code, "--", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        user=user if os.geteuid() == 0 else None,
        env={},
    )
    return done.stdout + done.stderr


def test_the_files_follow_a_site_from_its_install_to_its_end(ten: Platform) -> None:
    platform = {"platform_shaped.alias.drushrc.php", "sites/platform__shaped.site.yml"}
    assert told() == platform

    site = install(ten)
    short = files_of(DOMAIN, "sites/demo.site.yml")
    assert told() == platform | short
    alias = php(
        "include $argv[1]; echo json_encode($aliases);", str(folder() / f"{DOMAIN}.alias.drushrc.php")
    )
    (found,) = json.loads(alias).values()
    assert (set(json.loads(alias)), found["root"]) == ({DOMAIN}, ten.root)
    assert found["uri"].startswith(f"http://{DOMAIN}")

    succeeds(site_clone.ask(domain=DOMAIN, to=LONGER, by=BY))
    longer = files_of(LONGER, "names/www/demo.site.yml")
    assert told() == platform | short | longer

    succeeds(site_rename.ask(domain=DOMAIN, to=LONGEST, keep="drop", by=BY))
    longest = files_of(LONGEST, "sites/demo.site.yml")
    assert told() == platform | longer | longest
    # Of a site that is called www.demo.localhost, «@demo.localhost» must not be the name.
    assert "localhost" not in (folder() / "sites/demo.site.yml").read_text()

    for domain in (LONGER, LONGEST):
        succeeds(site_delete.ask(domain=domain, anyway=True, by=BY))
    assert told() == platform
    site.refresh_from_db()
    succeeds(platform_delete.ask(name=ten.name, by=BY))
    assert told() == set()


def test_a_verify_puts_right_what_was_lost_or_opened(ten: Platform) -> None:
    install(ten)
    before = {name: (folder() / name).read_bytes() for name in told()}
    secrets = folder() / f"secrets/{DOMAIN}.php"
    secrets.chmod(0o644)
    (folder() / "sites/demo.site.yml").unlink()
    (folder() / f"{DOMAIN}.alias.drushrc.php").write_text("<?php // changed")

    succeeds(site_verify.ask(domain=DOMAIN, by=BY))

    assert {name: (folder() / name).read_bytes() for name in told()} == before
    assert (secrets.stat().st_mode & 0o777, secrets.parent.stat().st_mode & 0o777) == (0o400, 0o700)


@pytest.mark.skipif(os.geteuid() != 0, reason="Only root has a web user apart from the operator.")
def test_secrets_for_the_command_line_are_closed_to_the_php_of_visitors(
    hosting: Hosting, ten: Platform
) -> None:
    site = install(ten)
    settings_php = f"{ten.root}/{site.directory}/settings.php"
    opened = "echo json_encode([is_readable($argv[1]), @file_get_contents($argv[1])]);"
    assert php(opened, str(folder() / f"secrets/{DOMAIN}.php"), user=hosting.web.user) == "[false,false]"

    read = "include $argv[1]; echo $databases['default']['default']['password'];"
    assert site.database_secret is not None
    password = site.database_secret.reveal()
    assert php(read, settings_php, user=settings.AEGIR_OPERATOR) == password
    assert password not in php(read, settings_php, user=hosting.web.user)
    as_root = php(read, settings_php)
    assert "Root does not run the code of a site" in as_root
    assert password not in as_root
    assert password not in Path(settings_php).read_text()


@pytest.fixture
def real(hosting: Hosting) -> Platform:
    """A Drupal that brings its own Drush."""
    source = REAL / "drupal-10.1.6"
    if not source.is_dir():
        pytest.skip(f"There is no real Drupal under {REAL} (AEGIR_DRUPAL_CODEBASES).")
    hosting.rows()
    path = hosting.folder / "code/real"
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(path)], check=True)
    return hosting.platform("real-10.1", path)


@pytest.mark.drupal
def test_the_drush_of_a_real_platform_knows_a_site_by_its_domain(real: Platform) -> None:
    install(real, profile="minimal")
    assert status(real, f"@{DOMAIN}") == ("Connected", "Successful", f"sites/{DOMAIN}")
    assert drush_alias(DOMAIN) == f"@{DOMAIN}"
    assert "could not be found" in drush(real, f"@{LONGER}", "status")
    assert drush(real, drush_aliases.platform(real), "status", "--field=root").strip() == real.root

    succeeds(site_rename.ask(domain=DOMAIN, to=LONGER, keep="drop", by=BY))
    for alias in (drush_alias(LONGER), f"@{LONGER.replace('.', '_')}"):
        assert status(real, alias) == ("Connected", "Successful", f"sites/{LONGER}")
    assert drush_alias(LONGER) == f"@{LONGER}"
    assert "could not be found" in drush(real, f"@{DOMAIN}", "status")

    succeeds(site_rename.ask(domain=LONGER, to=LONGEST, keep="drop", by=BY))
    assert drush_alias(LONGEST) == "@a_www_demo_localhost"
    assert status(real, drush_alias(LONGEST)) == ("Connected", "Successful", f"sites/{LONGEST}")


def status(platform: Platform, alias: str) -> tuple[str, str, str]:
    said = drush(platform, alias, "status", "--format=json")
    found = json.loads(said[said.index("{") :])
    return found["db-status"], found["bootstrap"], found["site"]


def drush(platform: Platform, *arguments: str) -> str:
    """As the operator, who is told nothing but where Aegir's files lie."""
    done = subprocess.run(
        [PHP, f"{platform.path}/vendor/drush/drush/drush.php", f"--config={folder()}/drush.yml", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        user=settings.AEGIR_OPERATOR if os.geteuid() == 0 else None,
        env={"PATH": os.environ["PATH"], "HOME": "/nonexistent"},
    )
    return done.stdout + done.stderr
