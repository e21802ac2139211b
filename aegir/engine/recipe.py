"""Finds recipes by name. A recipe is a module of one of the packages in ``settings.AEGIR_OPERATIONS``."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import pkgutil
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any, cast

from django.conf import settings

from aegir.engine.step import Json, Log, Step, World
from aegir.errors import Refused
from aegir.models.task import Task

logger = logging.getLogger(__name__)

NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Recipe:
    """One operation, as the engine sees it."""

    name: str
    module: ModuleType
    package: ModuleType

    @property
    def title(self) -> str:
        return str(self.module.TITLE)

    def ask(self, by: str, arguments: Mapping[str, Any]) -> Task:
        """Go through the operation's own door, which validates and may refuse."""
        return cast(Task, self.module.ask(**arguments, by=by))

    def plan(self, task: Task) -> Sequence[Step]:
        return cast(Sequence[Step], self.module.plan(task))

    def ended(self, task: Task) -> None:
        """Tell the recipe that its task ended without success, inside the transaction that says so.

        May be called several times for a task: when it gets stuck, and again when it is resumed or given up.
        """
        tell: Callable[[Task], None] | None = getattr(self.module, "ended", None)
        if tell:
            tell(task)

    def over(self, task: Task) -> None:
        """Tell the recipe's package that its task is over, however it ended, inside the transaction that says
        so. A task that was stuck is over again when it is resumed or given up."""
        tell: Callable[[Task], None] | None = getattr(self.package, "over", None)
        if tell:
            tell(task)

    def world(self, task: Task, log: Log, found: Mapping[str, Json]) -> World:
        """What the steps of ``task`` may touch, as the recipe's package makes it."""
        return cast(World, self.package.world(task, log, found))


def load(name: str) -> Recipe:
    """The recipe of that name, from the first package that has it."""
    if NAME.fullmatch(name):
        for package in settings.AEGIR_OPERATIONS:
            path = f"{package}.{name}"
            if importlib.util.find_spec(path):
                return Recipe(name, importlib.import_module(path), importlib.import_module(package))
    raise Refused(f"There is no operation named «{name}».", field="operation")


def load_all() -> None:
    """Import every recipe, and whatever else its package finds worth having in memory (``warm_up``).

    A task runs in a fork of the worker, so no task has to wait for what the worker has imported.
    """
    for package in settings.AEGIR_OPERATIONS:
        module = importlib.import_module(package)
        for found in pkgutil.iter_modules(module.__path__, f"{package}."):
            try:
                importlib.import_module(found.name)
            except Exception:  # of this one recipe: its own tasks will say so, the others can run
                logger.exception("The recipe %s cannot be imported", found.name)
        warm_up: Callable[[], None] = getattr(module, "warm_up", lambda: None)
        warm_up()
