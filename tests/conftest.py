"""Fixtures for every test."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings

pytest_plugins = [
    "tests.live.mariadb",
    "tests.codebases",
    "tests.live.certificates",
    "tests.emptying",
    "tests.measured",
]
HERE = Path(__file__).parent


def pytest_configure() -> None:
    """Passwords of tests need no protection; the running instances that tests start hash as ever."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whole lives and the fault matrix first: a long test that comes last keeps one process busy alone."""
    items.sort(key=lambda item: item.path.parent not in (HERE, HERE / "faults"))
