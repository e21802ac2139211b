"""Builds with Composer, of packages in a folder of this machine."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from aegir.drivers.host.local import Driver as Host
from aegir.drivers.source import Built, Source, Terms
from aegir.drivers.source.composer import Driver
from tests.drivers.source.composer_packages import packages, project, written
from tests.live.normal_user import NORMAL_USER

USER = NORMAL_USER if os.geteuid() == 0 else None


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where the packages are, readable by all."""
    place = Path(tempfile.mkdtemp(prefix="aegir-composer-", dir="/tmp"))
    place.chmod(0o755)
    packages(place / "packages")
    yield place
    shutil.rmtree(place)


@pytest.fixture
def into() -> Iterator[Path]:
    """An empty directory of the builder's."""
    place = Path(tempfile.mkdtemp(prefix="aegir-build-", dir="/tmp"))
    if USER:
        shutil.chown(place, USER)
    yield place
    shutil.rmtree(place)


@pytest.fixture
def terms(tmp_path: Path, folder: Path) -> Terms:
    """Nothing but what lies in the folder, and one plugin."""
    return Terms(
        cache=str(tmp_path / "cache"),
        user=USER,
        plugins=("studio/plac*",),
        repositories=(f"{folder}/packages",),
    )


def build(location: str | Path, into: Path, terms: Terms, said: list[str] | None = None) -> Built:
    """Build what is at the location."""
    lines = [] if said is None else said
    return Driver(Host()).build(Source("composer", str(location)), str(into), terms, lines.append)


def locked(folder: Path, name: str, **changed: Any) -> Path:
    """A project whose lock was made when there was but one guestbook."""
    place = written(folder / name, project(folder / "packages", **changed))
    old = project(folder / "packages", **changed)
    old["require"] = old["require"] | {"drupal/guestbook": "1.0.0"}
    written(place, old)
    env = {"PATH": os.environ["PATH"], "HOME": str(place), "COMPOSER_ALLOW_SUPERUSER": "1"}
    argv = ["composer", "update", "--no-install", "--no-plugins", "--no-interaction", "--quiet", "--no-audit"]
    subprocess.run(argv, cwd=place, env=env, check=True)
    written(place, project(folder / "packages", **changed))
    subprocess.run([*argv[:2], "--lock", *argv[2:]], cwd=place, env=env, check=True)
    shutil.rmtree(place / ".cache", ignore_errors=True)
    shutil.rmtree(place / ".composer", ignore_errors=True)
    shutil.rmtree(place / ".local", ignore_errors=True)
    shutil.rmtree(place / ".config", ignore_errors=True)
    return place
