"""Waking a worker."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest

from aegir.engine import bell
from aegir.engine.bell import Bell

LONG = 60.0


@pytest.fixture
def home(settings: Any, tmp_path: Path) -> Path:
    settings.AEGIR_HOME = tmp_path
    return tmp_path


def test_who_rings_wakes_the_sleeper_even_from_before(home: Path) -> None:
    with Bell() as here:
        bell.ring()
        bell.ring()
        begun = time.monotonic()
        here.wait(LONG)
        assert time.monotonic() - begun < LONG


def test_the_bell_is_for_the_owner_alone(home: Path) -> None:
    with Bell():
        assert (home / "run/worker.sock").stat().st_mode & 0o777 == 0o600


def test_ringing_where_nobody_listens_is_no_error(home: Path) -> None:
    bell.ring()
    with Bell():
        assert (home / "run/worker.sock").is_socket()
    bell.ring()


def test_a_worker_without_a_bell_still_wakes_by_itself(settings: Any, tmp_path: Path) -> None:
    settings.AEGIR_HOME = tmp_path / ("far" * 60)
    with Bell() as here:
        bell.ring()
        here.wait(0.01)
    assert not (settings.AEGIR_HOME / "run/worker.sock").exists()
