"""Sites whose code lies elsewhere than when they were last opened."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

from aegir.drivers.app.drupal import Driver
from tests.bridge import probe
from tests.bridge.sites import TestSite, lay_out
from tests.codebases import REAL, Ground


def test_a_site_moved_to_another_codebase_runs_no_php_of_the_old_one(
    ground: Ground, open_folder: Path
) -> None:
    old = ground.copied(open_folder / f"{ground.path.name}-old")
    site = lay_out(old, open_folder / "databases-of-moved")
    site.install()
    site.ask("status", "extensions", "pending")
    moved = site.moved_to(ground)
    shutil.rmtree(old.path)

    _, status, extensions = moved.ask("rebuild", "status", "extensions")

    assert status["site"] == moved.place.directory
    assert any(package["name"] == "system" and package["enabled"] for package in extensions["packages"])


def test_a_module_that_lies_elsewhere_now_is_found(ground: Ground, open_folder: Path) -> None:
    own = ground.copied(open_folder / f"{ground.path.name}-own")
    probe.write_profile(own.root, own.code.major, modules="sites/all/modules")
    site = lay_out(own, open_folder / "databases-of-own")
    site.install(profile=probe.NAME)
    contrib = own.root / "sites/all/modules/contrib"
    contrib.mkdir()
    (own.root / "sites/all/modules" / probe.MODULE).rename(contrib / probe.MODULE)

    _, extensions = site.ask("rebuild", "extensions")

    [found] = [package for package in extensions["packages"] if package["name"] == probe.MODULE]
    assert found["path"] == f"sites/all/modules/contrib/{probe.MODULE}"
    assert found["enabled"] is True
    shutil.rmtree(own.path)


@pytest.mark.drupal
def test_a_drupal_7_is_updated_to_a_newer_release(
    real_sevens: tuple[Ground, Ground], open_folder: Path
) -> None:
    older, newer = real_sevens
    site = lay_out(older, open_folder / "databases-of-upgraded")
    site.install()
    schema = _schemas(site)
    moved = site.moved_to(newer)

    [pending] = moved.ask("pending")
    [done] = moved.ask("update")
    status, after = moved.ask("status", "pending")

    assert done["failed"] == done["skipped"] == {}
    expected = [f"{update['module']}_update_{update['name']}" for update in pending["updates"]]
    assert done["ran"] == expected
    assert status["version"] == newer.code.version
    assert after["updates"] == []
    assert _schemas(moved) != schema or not expected


@pytest.fixture
def real_sevens(drupal: Driver, open_folder: Path) -> tuple[Ground, Ground]:
    """Two releases of Drupal 7, the older one first."""
    paths = [path for path in REAL.iterdir() if path.name.startswith("drupal-7.")] if REAL.is_dir() else []
    if len(paths) < 2:
        pytest.skip(f"There are no two releases of Drupal 7 under {REAL} (AEGIR_DRUPAL_CODEBASES).")
    grounds = [Ground(path, drupal).copied(open_folder / f"{path.name}-release") for path in paths]
    older, *_, newer = sorted(grounds, key=lambda each: [int(part) for part in each.code.version.split(".")])
    return older, newer


def _schemas(site: TestSite) -> dict[str, int]:
    with sqlite3.connect(site.secrets.database["database"]) as database:
        return dict(database.execute("SELECT name, schema_version FROM system WHERE status = 1"))
