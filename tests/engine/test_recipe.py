"""Finding recipes by name, and nothing else."""

from __future__ import annotations

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
