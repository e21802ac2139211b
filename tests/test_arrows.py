"""The layers may only know what lies below them: one walk over every import holds the design to it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "aegir"

ALLOWED = {
    "errors": set(),
    "home": set(),
    "drivers": {"errors", "drivers", "configs"},
    "configs": {"errors"},
    "engine": {"errors", "engine", "models.task"},
    "models": {"errors", "models"},
    "steps": {"errors", "steps", "drivers", "engine.step"},
    "operations": {"errors", "operations", "steps", "models", "engine", "drivers"},
    "access": {
        "errors",
        "access",
        "models",
        "engine.recipe",
        "engine.ledger",
        "operations.finding",
        "operations.building",
    },
    "api": {"errors", "api", "access", "operations", "models", "engine"},
    "pages": {"errors", "pages", "access", "operations", "models", "engine"},
    "cli": {"errors", "cli", "home", "embedded"},
    "embedded": {
        "errors",
        "embedded",
        "home",
        "models",
        "drivers",
        "configs",
        "asgi",
        "engine",
        "operations.schedules",
    },
}
EXCEPTIONS = {
    "steps/record.py": {"models"},
    "steps/record_arrival.py": {"models"},
    "steps/record_backup.py": {"models"},
    "steps/record_import.py": {"models"},
    "steps/record_move.py": {"models"},
    "steps/record_findings.py": {"models"},
    "steps/record_rehearsal.py": {"models"},
    "steps/record_names.py": {"models"},
    "steps/record_everyday.py": {"models"},
    "steps/record_panel.py": {"models"},
    "steps/record_pruning.py": {"models"},
    "steps/record_advisories.py": {"models"},
    "steps/record_messages.py": {"models"},
    "steps/record_prepared.py": {"models"},
    "steps/record_fleet.py": {"models"},
    "steps/record_drush.py": {"models"},
    "steps/record_stock.py": {"models"},
    "steps/record_platform.py": {"models"},
    "cli/admin.py": {"models", "settings_database"},
    "cli/makefile.py": {"drivers.source"},
    "embedded/rows.py": {"operations"},
}
"""A commit writes rows; ``admin`` runs in-process; makefiles are read where people have them; a server that
changes its web server asks for tasks."""


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "aegir":
            below = node.module.removeprefix("aegir").removeprefix(".")
            found |= {f"{below}.{name.name}".strip(".") for name in node.names}
        elif isinstance(node, ast.Import):
            found |= {
                name.name.removeprefix("aegir").removeprefix(".")
                for name in node.names
                if name.name.split(".")[0] == "aegir"
            }
    return found


def permitted(target: str, allowed: set[str]) -> bool:
    return any(target == room or target.startswith(f"{room}.") for room in allowed)


SOURCES = sorted(
    path
    for path in PACKAGE.rglob("*.py")
    if path.relative_to(PACKAGE).parts[0].removesuffix(".py") in ALLOWED
)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_imports_only_what_lies_below_it(path: Path) -> None:
    place = path.relative_to(PACKAGE)
    room = place.parts[0].removesuffix(".py")
    allowed = ALLOWED[room] | EXCEPTIONS.get(place.as_posix(), set())
    stray = sorted(target for target in imported(path) if not permitted(target, allowed))
    assert stray == []


def test_the_walk_sees_an_arrow_that_points_up(tmp_path: Path) -> None:
    (tmp_path / "upward.py").write_text("from aegir.pages import sites\nimport aegir.api.sites\n")
    assert imported(tmp_path / "upward.py") == {"pages.sites", "api.sites"}
    assert not permitted("pages.sites", ALLOWED["models"])
    assert permitted("engine.step", ALLOWED["steps"])
    assert not permitted("engine.ledger", ALLOWED["steps"])
