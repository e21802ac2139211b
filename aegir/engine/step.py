"""The step contract: what one line of a recipe owes the runner."""

from __future__ import annotations

import dataclasses
import importlib
import types
import typing
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar, Protocol, Self, TypeAlias

Json: TypeAlias = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
"""What the journal can hold."""


class Level(StrEnum):
    """How much a log line matters, least first."""

    DEBUG = "debug"
    INFO = "info"
    NOTICE = "notice"
    WARNING = "warning"
    ERROR = "error"


class Log(Protocol):
    """Where a step says what it does. Secrets that the world has revealed are masked on the way in."""

    def line(self, text: str, level: Level = Level.INFO) -> None:
        """Write one line; newlines inside make several lines."""

    def mask(self, secret: str) -> None:
        """From now on write ••• wherever this value would appear, in lines and in errors."""

    def progress(self, done: int, total: int) -> None:
        """How far the running step is: ``done`` of ``total`` units of the step's own choosing."""


class World(Protocol):
    """What a step may touch. The engine passes it through; recipes decide what is in it."""

    @property
    def task(self) -> int:
        """The task's id; names that a step creates carry it."""

    @property
    def log(self) -> Log: ...

    @property
    def found(self) -> Mapping[str, Json]:
        """What earlier steps of this task returned from ``do`` (or ``found``), by the step's class name."""


@dataclass(frozen=True)
class Step(ABC):
    """One change that can be undone, as a frozen dataclass of JSON-able arguments.

    The runner: ``look`` → if ``done``, journal *kept* → else journal *doing* with what was seen → ``do`` →
    ``look`` again, and trust only that. A kept step is never undone.
    """

    title: ClassVar[str] = ""
    """What the step does, for people, in the imperative: «Create the database»."""

    commits: ClassVar[bool] = False
    """Whether this step is the point of no return. Only ``Commit`` sets it."""

    @abstractmethod
    def look(self, world: Any) -> Json:
        """Read the present state, change nothing. The answer is journalled: no secret in it."""

    @abstractmethod
    def done(self, seen: Json) -> bool:
        """Whether nothing is left to do, judged from what ``look`` saw."""

    @abstractmethod
    def do(self, world: Any) -> Json:
        """Make the change; must be repeatable, since past the commit it is retried.

        Returns what later steps or the commit need of it (journalled, no secret), or None.
        """

    @abstractmethod
    def undo(self, world: Any, before: Json) -> None:
        """Bring back what ``look`` saw ``before``. Idempotent; works when ``do`` got only half-way."""

    def forget(self, world: Any, before: Json) -> None:
        """Drop what only ``undo`` would have needed; called once all steps are done. Idempotent."""
        return

    def summary(self) -> str:
        """One line for people: the title, and the thing it is about."""
        return self.title or type(self).__name__

    def arguments(self) -> dict[str, Json]:
        """The arguments as the journal keeps them; nested dataclasses become objects."""
        return dataclasses.asdict(self)

    @property
    def class_path(self) -> str:
        """The name by which the journal finds this class again: ``module:Class``."""
        return f"{type(self).__module__}:{type(self).__qualname__}"

    @classmethod
    def rebuild(cls, arguments: Mapping[str, Any]) -> Self:
        """The step as it was, from ``arguments()``; inverse also for nested dataclasses and tuples."""
        step: Self = _build(cls, arguments)
        return step


@dataclass(frozen=True)
class Check(Step):
    """A step that changes nothing: ``do`` finds something out, or raises."""

    def look(self, world: Any) -> Json:
        return None

    def done(self, seen: Json) -> bool:
        return False

    def undo(self, world: Any, before: Json) -> None:
        """Nothing was changed."""


class Enough(Exception):
    """Raised by a Check when nothing is to be done: the steps that follow are not needed, and that is a
    success. The recipe's ``ended`` is told, since nothing of what it prepared will come."""


@dataclass(frozen=True)
class Commit(Step):
    """The point of no return: before it everything goes back, after it steps are retried forward.

    ``do`` runs inside the very transaction that journals the commit, so it writes rows and nothing else.
    """

    commits: ClassVar[bool] = True

    def look(self, world: Any) -> Json:
        return None

    def done(self, seen: Json) -> bool:
        return False

    def undo(self, world: Any, before: Json) -> None:
        raise AssertionError("a commit is never undone")


def load_step(path: str, arguments: Mapping[str, Any]) -> Step:
    """Rebuild a step from the ledger alone: ``path`` as ``Step.class_path`` gave it."""
    module, _, name = path.partition(":")
    cls = getattr(importlib.import_module(module), name)
    if not (isinstance(cls, type) and issubclass(cls, Step)):
        raise TypeError(f"{path} is not a step")
    return cls.rebuild(arguments)


def _build(cls: type[Any], arguments: Mapping[str, Any]) -> Any:
    hints = typing.get_type_hints(cls)
    return cls(**{name: _revive(hints[name], value) for name, value in arguments.items()})


def _revive(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        return _revive(next(kind for kind in inner if kind is not type(None)), value)
    if dataclasses.is_dataclass(hint) and isinstance(hint, type):
        return _build(hint, value)
    if origin is tuple:
        return (
            tuple(_revive(inner[0], item) for item in value)
            if inner[-1] is ...
            else tuple(_revive(kind, item) for kind, item in zip(inner, value, strict=True))
        )
    if origin in (dict, Mapping) and inner:
        return {key: _revive(inner[1], item) for key, item in value.items()}
    return value
