"""The codebases that tests run over: two of our own that are shaped like Drupal, and any real ones at hand.

Real ones are folders under AEGIR_DRUPAL_CODEBASES. They are copied, never used where they lie.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from aegir.drivers.app import Codebase
from aegir.drivers.app.drupal import BRIDGE, Driver
from aegir.drivers.host.local import Driver as LocalHost
from tests.home import removed, roomy
from tests.live.web import WEB_USER, php_version

OURS = Path(__file__).parent / "drupal"
REAL = Path(os.environ.get("AEGIR_DRUPAL_CODEBASES", "/var/cache/aegir/codebases"))
PHP = f"/usr/bin/php{php_version()}"


def sources() -> list[Any]:
    """One parameter a codebase; a skipped one that says so where there is no real one."""
    ours = [pytest.param(path, id=path.name) for path in sorted(OURS.iterdir()) if (path / "sites").exists()]
    ours += [pytest.param(path, id=path.name) for path in sorted(OURS.iterdir()) if (path / "web").exists()]
    found = newest(path for path in REAL.iterdir() if path.is_dir()) if REAL.is_dir() else []
    real = [pytest.param(path, id=path.name, marks=pytest.mark.drupal) for path in found]
    absent = pytest.mark.skip(reason=f"There is no real Drupal under {REAL} (AEGIR_DRUPAL_CODEBASES).")
    return ours + (real or [pytest.param(REAL, id="real", marks=[pytest.mark.drupal, absent])])


def newest(paths: Iterable[Path]) -> list[Path]:
    """Of folders such as ``drupal-7.105`` the newest of each major version; older ones are for upgrades."""
    found: dict[str, Path] = {}
    for path in sorted(paths, key=lambda path: [int(part) for part in re.findall(r"\d+", path.name)]):
        found[path.name.partition(".")[0]] = path
    return list(found.values())


def copied(source: Path, target: Path) -> Path:
    """A copy of a codebase, without the settings of sites that it came with."""
    subprocess.run(["cp", "-a", "--reflink=auto", str(source), str(target)], check=True)
    for docroot in (target, target / "web"):
        for settings in docroot.glob("sites/*/settings.php"):
            settings.unlink()
    return target


@dataclass(frozen=True)
class Ground:
    """A codebase copied to where the web user can read it, and a driver whose bridge he can read too."""

    path: Path
    driver: Driver

    @cached_property
    def code(self) -> Codebase:
        return self.driver.scan(str(self.path), php=PHP, user=WEB_USER)

    @property
    def root(self) -> Path:
        return self.path / self.code.docroot

    def copied(self, target: Path) -> Ground:
        """The same code elsewhere, free to be changed."""
        subprocess.run(["cp", "-a", "--reflink=auto", str(self.path), str(target)], check=True)
        return Ground(target, self.driver)


@pytest.fixture(scope="session")
def open_folder() -> Iterator[Path]:
    """A temporary folder that every user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="aegir-code-", dir=roomy()))
    folder.chmod(0o755)
    yield folder
    removed(folder)


@pytest.fixture(scope="session")
def drupal(open_folder: Path) -> Driver:
    """The driver, on this machine."""
    bridge = open_folder / "bridge"
    shutil.copytree(BRIDGE, bridge, copy_function=shutil.copyfile)
    for path in (bridge, *bridge.iterdir()):
        path.chmod(0o755 if path.is_dir() else 0o644)
    return Driver(LocalHost(), bridge=str(bridge))


@pytest.fixture(scope="session")
def grounds() -> dict[Path, Ground]:
    """The copies that were made so far: tests come back to a codebase when others were in between."""
    return {}


@pytest.fixture(scope="session", params=sources())
def ground(
    request: pytest.FixtureRequest, open_folder: Path, drupal: Driver, grounds: dict[Path, Ground]
) -> Ground:
    """Each codebase in turn."""
    source = Path(request.param)
    if source not in grounds:
        grounds[source] = Ground(source, drupal).copied(open_folder / source.name)
    return grounds[source]
