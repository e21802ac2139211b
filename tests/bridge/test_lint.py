from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from aegir.drivers.app.drupal import BRIDGE
from tests.codebases import PHP


@pytest.mark.parametrize("path", sorted(BRIDGE.glob("*.php")), ids=lambda path: path.name)
def test_every_file_of_the_bridge_is_php_that_compiles(path: Path) -> None:
    done = subprocess.run([PHP, "-l", str(path)], capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("path", sorted(BRIDGE.glob("*.php")), ids=lambda path: path.name)
def test_every_file_of_the_bridge_declares_strict_types(path: Path) -> None:
    assert "declare(strict_types=1);" in path.read_text()
