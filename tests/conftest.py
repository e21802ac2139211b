"""Fixtures for every test."""

from __future__ import annotations

from django.conf import settings

pytest_plugins = ["tests.live.mariadb", "tests.codebases", "tests.live.certificates", "tests.emptying"]


def pytest_configure() -> None:
    """Passwords of tests need no protection; the running instances that tests start hash as ever."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
