"""Trees: copied aside, refreshed, moved into place, set aside, removed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath

from aegir.engine.step import Check, Json, Step
from aegir.errors import Broken
from aegir.steps.world import World

PASSING = ("/settings.php", "/private/temp/*", "/files/php")
"""Of a site's directory what a copy or an archive of it makes anew."""


class BuiltTree(Step):
    """A tree that is made where nothing is yet, and goes as a whole."""

    host: str
    target: str

    def look(self, world: World) -> Json:
        return world.host(self.host).stat(self.target) is not None

    def done(self, seen: Json) -> bool:
        return seen is True

    def undo(self, world: World, before: Json) -> None:
        world.host(self.host).remove_tree(self.target)


@dataclass(frozen=True)
class CopyTree(BuiltTree):
    """Copy a site's directory to a hidden place beside others, while the site goes on being served."""

    host: str
    source: str
    target: str

    title = "Copy the files"

    def do(self, world: World) -> Json:
        host = world.host(self.host)
        # Past a commit a step may be done again; half a copy is no beginning.
        host.remove_tree(self.target)
        host.copy_tree(self.source, self.target, exclude=PASSING)
        return None

    def summary(self) -> str:
        return f"{self.title}: {self.source}"


@dataclass(frozen=True)
class RefreshTree(Check):
    """Bring a copy that nobody uses yet up to date; quick, so that the site need only be closed for this.

    It changes nothing but the copy, which goes with its own step.
    """

    host: str
    source: str
    target: str

    title = "Copy what changed since"

    def do(self, world: World) -> Json:
        world.host(self.host).refresh_tree(self.source, self.target, exclude=PASSING)
        return None


@dataclass(frozen=True)
class MoveTree(Step):
    """Move a tree within its file system, in no time."""

    host: str
    source: str
    target: str
    purpose: str
    """For people: «Set aside the old files»."""
    if_there: bool = False
    """Whether nothing to move is fine."""

    title = "Move files"

    def look(self, world: World) -> Json:
        host = world.host(self.host)
        return {
            "source": host.stat(self.source) is not None,
            "target": host.stat(self.target) is not None,
        }

    def done(self, seen: Json) -> bool:
        return isinstance(seen, dict) and not seen["source"] and (bool(seen["target"]) or self.if_there)

    def do(self, world: World) -> Json:
        host = world.host(self.host)
        if host.stat(self.target) is not None:
            raise Broken(f"{self.target} is already there: move it out of the way.")
        host.rename(self.source, self.target)
        return None

    def undo(self, world: World, before: Json) -> None:
        host = world.host(self.host)
        if host.stat(self.target) is not None and host.stat(self.source) is None:
            host.rename(self.target, self.source)

    def summary(self) -> str:
        return f"{self.purpose}: {self.target}"


@dataclass(frozen=True)
class RemoveTree(Step):
    """Remove a tree for good. Only after the commit."""

    host: str
    path: str

    title = "Remove"

    def look(self, world: World) -> Json:
        return world.host(self.host).stat(self.path) is not None

    def done(self, seen: Json) -> bool:
        return seen is False

    def do(self, world: World) -> Json:
        world.host(self.host).remove_tree(self.path)
        return None

    def undo(self, world: World, before: Json) -> None:
        raise Broken(f"{self.path} is removed and cannot be brought back.")

    def summary(self) -> str:
        return f"{self.title}: {self.path}"


def hidden_path(path: str, why: str, task: int) -> str:
    """A name beside ``path`` that web servers deny and Drupal does not take for a site."""
    parent, name = PurePosixPath(path).parent, PurePosixPath(path).name
    return f"{parent}/.{name}.{why}-{task}"
