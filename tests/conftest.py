"""Fixtures for every test."""

pytest_plugins = ["tests.live.mariadb", "tests.codebases", "tests.live.certificates", "tests.emptying"]
