from __future__ import annotations

from pathlib import Path

import pytest

from tests.bridge.sites import TestSite, lay_out
from tests.codebases import Ground, drupal, ground, open_folder
from tests.live.mariadb import mariadb

__all__ = ["drupal", "ground", "mariadb", "open_folder"]


@pytest.fixture
def empty(ground: Ground, open_folder: Path) -> TestSite:
    """A site that is laid out but not installed."""
    return lay_out(ground, open_folder / "databases")


@pytest.fixture(scope="session")
def installed(ground: Ground, open_folder: Path) -> TestSite:
    """One installed site a codebase, shared by the tests that leave it as they found it."""
    site = lay_out(ground, open_folder / "databases")
    site.install()
    return site
