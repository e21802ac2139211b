"""Configuration files as they are to come out, byte by byte; AEGIR_GOLDEN=write takes today's as right."""

from __future__ import annotations

import os
from pathlib import Path

HERE = Path(__file__).parent


def assert_golden(name: str, text: str) -> None:
    """The text is what ``golden/<name>`` holds."""
    path = HERE / name
    if os.environ.get("AEGIR_GOLDEN") == "write":
        path.write_text(text)
    assert text == path.read_text()
