"""What links in messages begin with: every part is told, the worker too."""

from __future__ import annotations

from pathlib import Path

import pytest

from aegir.embedded.place import place_from


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ({}, "http://localhost:8000"),
        ({"AEGIR_PANEL_ADDRESS": "192.0.2.7", "AEGIR_PANEL_PORT": "8123"}, "http://192.0.2.7:8123"),
        ({"AEGIR_PANEL_URL": "https://panel.example.org"}, "https://panel.example.org"),
        ({"AEGIR_PANEL_URL": ""}, "http://localhost:8000"),
    ],
)
def test_the_panels_address_is_where_it_listens_unless_somebody_knows_better(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: dict[str, str], wanted: str
) -> None:
    for name in ("AEGIR_PANEL_ADDRESS", "AEGIR_PANEL_PORT", "AEGIR_PANEL_URL"):
        monkeypatch.delenv(name, raising=False)
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    place = place_from({"AEGIR_HOME": str(tmp_path), **said})
    assert place.environment()["AEGIR_PANEL_URL"] == wanted
