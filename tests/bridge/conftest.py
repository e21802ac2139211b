from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.bridge.sites import TestSite, lay_out
from tests.codebases import Ground

Once = Callable[[str, Callable[[], TestSite]], TestSite]


@pytest.fixture(scope="session")
def once() -> Once:
    """Makes a site of that name on its first use: installs take long, and tests come back to a codebase."""
    made: dict[str, TestSite] = {}

    def site(name: str, make: Callable[[], TestSite]) -> TestSite:
        if name not in made:
            made[name] = make()
        return made[name]

    return site


@pytest.fixture
def empty(ground: Ground, open_folder: Path) -> TestSite:
    """A site that is laid out but not installed."""
    return lay_out(ground, open_folder / "databases")


@pytest.fixture(scope="session")
def installed(ground: Ground, open_folder: Path, once: Once) -> TestSite:
    """One installed site a codebase, shared by the tests that leave it as they found it."""

    def make() -> TestSite:
        site = lay_out(ground, open_folder / "databases")
        site.install()
        return site

    return once(f"{ground.path} installed", make)
