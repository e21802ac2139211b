"""Finding recipes by name, and nothing else."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from aegir.engine import recipe
from aegir.errors import Refused


def test_a_recipe_is_found_in_the_first_package_that_has_it() -> None:
    found = recipe.load("anything")
    assert (found.name, found.title) == ("anything", "Anything")
    assert found.module.__name__ == "tests.recipes.anything"


@pytest.mark.parametrize("name", ["", "nothing", "../anything", "anything.plan", "Anything", "__init__"])
def test_any_other_name_is_refused(name: str) -> None:
    with pytest.raises(Refused) as refusal:
        recipe.load(name)
    assert str(refusal.value) == f"There is no operation named «{name}»."
    assert refusal.value.field == "operation"


def test_a_worker_can_have_everything_in_memory_before_it_forks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    package = tmp_path / "warm_recipes"
    package.mkdir()
    (package / "__init__.py").write_text("warm = False\ndef warm_up():\n    global warm\n    warm = True\n")
    (package / "broken.py").write_text("raise RuntimeError\n")
    (package / "whole.py").write_text("TITLE = 'Whole'\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    settings.AEGIR_OPERATIONS = ["warm_recipes", "aegir.operations"]
    recipe.load_all()
    assert sys.modules["warm_recipes"].warm
    assert {"warm_recipes.whole", "aegir.operations.site_install"} <= sys.modules.keys()
    assert {"aegir.drivers.web.nginx", "aegir.drivers.database.mysql"} <= sys.modules.keys()
    assert recipe.load("whole").title == "Whole"
