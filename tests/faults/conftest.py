"""Worlds to break."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from tests.faults.ground import ground
from tests.faults.matrix import Matrix
from tests.faults.world import World

Worlds = Callable[[str], World]


@pytest.fixture(scope="session")
def worlds() -> Iterator[Worlds]:
    """One for each kind of database: its services start once, what they host is made anew by each matrix."""
    made: dict[str, World] = {}
    with ExitStack() as stack:

        def world(db: str) -> World:
            if db not in made:
                made[db] = stack.enter_context(ground(db))
            return made[db]

        yield world


@pytest.fixture
def matrix(request: pytest.FixtureRequest, worlds: Worlds) -> Iterator[Matrix]:
    """On MySQL, unless a test says otherwise."""
    world = worlds(getattr(request, "param", "mysql"))
    yield Matrix(world)
    world.end()
    world.clear()
