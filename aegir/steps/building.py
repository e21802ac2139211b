"""Code that is built aside, taken over, and looked at before anybody uses it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from typing import Literal, cast

from aegir import drivers
from aegir.drivers.app import AppDriver
from aegir.drivers.source import Access, Source, SourceDriver, Terms
from aegir.drivers.source.keeping import drop, tidy
from aegir.drivers.source.taking import take
from aegir.engine.step import Check, Json, Step
from aegir.errors import Broken
from aegir.steps.world import World

CLOSED, OPEN = 0o700, 0o755
"""The mode of a directory while code is built in it, and once it is whole and taken over."""


@dataclass(frozen=True)
class Sealed:
    """What opens a host, with the id of its secret in place of that."""

    host: str
    kind: Literal["token", "password", "key"]
    user: str
    secret: int

    def opened(self, world: World) -> Access:
        """The thing itself, for the moment of use; hidden in the log from now on."""
        return Access(self.host, self.kind, self.user, world.reveal(self.secret))


@dataclass(frozen=True)
class PlaceIsFree(Check):
    """Refuse to build what could not be put into place."""

    host: str
    path: str

    title = "Look whether the place is free"

    def do(self, world: World) -> Json:
        if world.host(self.host).stat(self.path) is not None:
            raise Broken(f"There is something at {self.path} already: verify the platform, or move it away.")
        return None


@dataclass(frozen=True)
class BuildCode(Step):
    """Make the code in a hidden directory of its own. Until it is whole the directory is the builder's and
    closed; then it is the operator's, and nothing in it leads elsewhere."""

    host: str
    target: str
    source: Source
    terms: Terms
    """Without what opens hosts, which is ``accesses``."""
    accesses: tuple[Sealed, ...]
    owner: str | None

    title = "Build the code"

    def look(self, world: World) -> Json:
        found = world.host(self.host).stat(self.target)
        return None if found is None else found.mode

    def done(self, seen: Json) -> bool:
        return seen == OPEN

    def do(self, world: World) -> Json:
        host = world.host(self.host)
        driver = cast(SourceDriver, drivers.load("source", self.source.kind)(host))
        accesses = tuple(each.opened(world) for each in self.accesses)
        terms = replace(self.terms, accesses=accesses, build=str(world.task))
        host.remove_tree(self.target)
        host.make_directory(self.target, mode=CLOSED, owner=terms.user)
        built = driver.build(self.source, self.target, terms, world.log.line)
        size = host.tree_size(self.target)
        if size.bytes > terms.bytes or size.files > terms.files:
            raise Broken(
                f"The code holds {size.files:,} files and {size.bytes:,} bytes, and may hold {terms.files:,} "
                f"and {terms.bytes:,}."
            )
        if not host.list(self.target):
            raise Broken("The source holds no files: there is nothing to make a platform of.")
        take(self.target, self.owner)
        world.log.line(f"{size.files:,} files, {size.bytes / 1e6:,.1f} MB, {built.identity}.")
        return {**dataclasses.asdict(built), "files": size.files, "bytes": size.bytes}

    def undo(self, world: World, before: Json) -> None:
        world.host(self.host).remove_tree(self.target)
        drop(self.terms.cache, str(world.task))

    def summary(self) -> str:
        return f"{self.title} by {self.source.kind}"


@dataclass(frozen=True)
class FindDocroot(Check):
    """Refuse code that is no Drupal; where it lies in the code, by itself or as somebody said."""

    host: str
    path: str
    docroot: str
    """Below the path, as somebody said; "" to look."""

    title = "Find Drupal in the code"

    def do(self, world: World) -> Json:
        host = world.host(self.host)
        app = cast(AppDriver, drivers.load("app", "drupal")(host))
        if self.docroot:
            if app.locate(f"{self.path}/{self.docroot}") == "":
                return self.docroot
            there = ", ".join(host.list(self.path)[:10])
            raise Broken(f"The code holds no Drupal at {self.docroot}: at its top are {there}.")
        found = app.locate(self.path)
        if found is None:
            raise Broken(
                "The code holds no Drupal: neither at its top nor in a folder web, docroot, html or public "
                "lies Drupal's core. If it is elsewhere, say where with the document root."
            )
        world.log.line(f"Drupal lies {f'in {found}' if found else 'at its top'}.")
        return found


@dataclass(frozen=True)
class TidyCache(Check):
    """Remove what was fetched long ago and not used since."""

    cache: str

    title = "Tidy what is kept of sources"

    def do(self, world: World) -> Json:
        return {"removed": tidy(self.cache)}
