"""Coverage is measured where it is judged: watching every line makes Python half as quick again, and what the
tests of pages, API and command line happen to touch of the engine, the steps and the drivers proves nothing.
Nor is it measured again what a test's next variant does, where variants only go the same ways on another
database or codebase. Without coverage this does nothing."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from coverage import Coverage

HERE = Path(__file__).parent
JUDGED = ("engine", "steps", "drivers")
"""Packages of Aegir whose coverage ``script/test`` has a gate for."""
PROVING = {*JUDGED, "bridge", "contracts", "faults", "operations"}
"""Folders of tests whose coverage counts."""
REPEATING = {"bridge", "operations"}
"""Of these, in which of each test only the first variant counts that a process comes to."""


class Measuring:
    """The measurement of this process, which goes on and off with the tests."""

    def __init__(self, coverage: Coverage) -> None:
        self._coverage = coverage
        self._on = True
        self._counted: dict[str, str] = {}

    @pytest.hookimpl
    def pytest_collection_finish(self) -> None:
        """Load what is judged while it is measured: else a test that does not count might be the first to."""
        for name in JUDGED:
            package = import_module(f"aegir.{name}")
            for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
                import_module(found.name)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self._switch(self._counts(item))
        return (yield)

    def pytest_sessionfinish(self) -> None:
        """What is torn down at the end belongs to all."""
        self._switch(True)

    def _counts(self, item: pytest.Item) -> bool:
        folder = item.path.relative_to(HERE).parts[0]
        if folder not in REPEATING:
            return folder in PROVING
        test = item.nodeid.partition("[")[0]
        return self._counted.setdefault(test, item.nodeid) == item.nodeid

    def _switch(self, on: bool) -> None:
        if on != self._on:
            self._on = on
            (self._coverage.start if on else self._coverage.stop)()


def pytest_configure(config: pytest.Config) -> None:
    coverage = Coverage.current()
    if coverage is not None:
        config.pluginmanager.register(Measuring(coverage))
