"""Platforms that Composer puts together, and sites on them."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from aegir.models import Default, Platform, Site, Task, TaskLine
from aegir.operations import platform_add, platform_verify, site_install
from tests.codebases import REAL
from tests.drivers.source.composer_packages import OFFLINE, packages, project, written
from tests.operations.building import repository
from tests.operations.hosting import BY, Hosting, run

pytestmark = [pytest.mark.live, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def folder(hosting: Hosting) -> Iterator[Path]:
    """Where packages are, which anybody may enter; the folder of platforms is there too, and all goes."""
    hosting.rows()
    made = Path(tempfile.mkdtemp(prefix="aegir-composer-", dir="/tmp"))
    made.chmod(0o755)
    folders = [settings.AEGIR_HOME / name for name in ("platforms", "sources")]
    for each in folders:
        each.mkdir(exist_ok=True)
        each.chmod(0o711)
    packages(made / "packages")
    Default.objects.create(name="composer_repositories", value=f"{made}/packages")
    Default.objects.create(name="composer_plugins", value="studio/placing\ncomposer/*\ndrupal/core-*")
    yield made
    for each in (made, *folders):
        shutil.rmtree(each)


def told(task: Task) -> str:
    return "\n".join(TaskLine.objects.filter(task=task).values_list("text", flat=True))


def hosted(source: dict[str, Any], profile: str = "minimal") -> Platform:
    """The platform that the source makes, with a site on it."""
    task = run(platform_add.ask(name="built", source=source, by=BY))
    assert task.state == Task.State.SUCCEEDED, task.error + told(task)
    check = run(Task.objects.get(operation="platform_verify", state=Task.State.QUEUED))
    assert check.state in (Task.State.SUCCEEDED, Task.State.WARNED), check.error
    install = run(site_install.ask(domain="built.localhost", platform="built", profile=profile, by=BY))
    assert install.state == Task.State.SUCCEEDED, install.error + told(install)
    assert Site.objects.get(domain="built.localhost").state == Site.State.ENABLED
    return Platform.objects.get(name="built", state=Platform.State.ENABLED)


def test_a_package_makes_a_platform_that_hosts_a_site(folder: Path) -> None:
    platform = hosted({"kind": "composer", "location": "studio/project:1.2.0"}, "studio")
    assert platform.docroot == "web"
    assert platform.built["project"] == "studio/project 1.2.0"
    assert os.listdir(settings.AEGIR_HOME / "platforms") == ["built"]


def test_composer_runs_in_what_git_fetched(folder: Path) -> None:
    code = written(folder / "code", project(folder / "packages"))
    source = {"kind": "git", "location": str(repository(code, folder)), "reference": "main", "composer": True}
    platform = hosted(source)
    assert platform.built["identity"].startswith("commit ")
    assert platform.built["packages"]["drupal/guestbook"] == "1.1.0"


def test_a_project_in_a_repository_is_composers_too(folder: Path) -> None:
    code = written(folder / "code", project(folder / "packages"))
    location = f"file://{repository(code, folder)}"
    platform = hosted({"kind": "composer", "location": location, "reference": "main"})
    assert platform.built["identity"].startswith("lock ")
    assert len(platform.built["commit"]) == 40


def test_a_conflict_leaves_no_platform_and_tells_why(folder: Path) -> None:
    place = written(folder / "conflict", project(folder / "packages", require={"drupal/core": "^11"}))
    task = run(platform_add.ask(name="built", source={"kind": "composer", "location": str(place)}, by=BY))
    assert task.state == Task.State.FAILED
    assert "Root composer.json requires drupal/core ^11, found drupal/core[10.99.0]" in task.error
    assert os.listdir(settings.AEGIR_HOME / "platforms") == []
    written(place, project(folder / "packages"))
    again = run(platform_verify.ask(name="built", by=BY))
    assert (again.operation, again.state) == ("platform_build", Task.State.SUCCEEDED), again.error


def real_project(code: Path) -> dict[str, Any]:
    """A project of the packages that a real Drupal came with, each taken from where it lies there."""
    installed = json.loads((code / "vendor/composer/installed.json").read_text())["packages"]
    repositories: list[dict[str, Any]] = [OFFLINE]
    for package in installed:
        place = (code / "vendor/composer" / str(package.get("install-path", ""))).resolve()
        if (place / "composer.json").is_file():
            said = {"symlink": False, "versions": {package["name"]: package["version"]}}
            repositories.append({"type": "path", "url": str(place), "options": said})
    return {
        "name": "drupal/recommended-project",
        "type": "project",
        "repositories": repositories,
        "require": {"composer/installers": "*", "drupal/core-composer-scaffold": "*", "drupal/core": "^10"},
        "minimum-stability": "dev",
        "prefer-stable": True,
        "extra": {
            "drupal-scaffold": {"locations": {"web-root": "web/"}},
            "installer-paths": {"web/core": ["type:drupal-core"]},
        },
    }


@pytest.mark.drupal
@pytest.mark.skipif(not (REAL / "drupal-10.1.6/vendor").is_dir(), reason="There is no real Drupal 10 here.")
def test_a_real_drupal_is_put_together_by_its_own_plugins_and_hosts_a_site(folder: Path) -> None:
    place = written(folder / "real", real_project(REAL / "drupal-10.1.6"))
    platform = hosted({"kind": "composer", "location": str(place)})
    assert platform.version == "10.1.6"
    assert (Path(platform.path) / "web/index.php").is_file(), "Drupal's scaffolding was done"
