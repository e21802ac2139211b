"""The applications, each on a SQLite database of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.drupal.application import Application


def application(major: int, tmp_path: Path, settings: str = "") -> Application:
    database = {"driver": "sqlite", "database": str(tmp_path / "site.sqlite")}
    return Application(major, tmp_path / "app", database, settings)


@pytest.fixture(params=[7, 10])
def major(request: pytest.FixtureRequest) -> int:
    return int(request.param)


@pytest.fixture
def app(major: int, tmp_path: Path) -> Application:
    return application(major, tmp_path)


@pytest.fixture
def ten(tmp_path: Path) -> Application:
    return application(10, tmp_path)


@pytest.fixture
def seven(tmp_path: Path) -> Application:
    return application(7, tmp_path)
