"""Building a makefile level by level: core first, then what the makefile names, then the makefiles found in
that, then the libraries. What is named twice is fetched once: the first wins."""

from __future__ import annotations

import hashlib
import json
import posixpath
import re
from collections.abc import Callable
from dataclasses import dataclass, field

from aegir.drivers.source import Json, Say
from aegir.drivers.source.make_fetch import Fetched, Fetching, found_makefile
from aegir.drivers.source.make_info import Translations, is_drupals, write_version
from aegir.drivers.source.make_read import Reading
from aegir.drivers.source.make_release import Meant, Releases
from aegir.drivers.source.make_work import Work
from aegir.drivers.source.makefile import (
    Library,
    Makefile,
    Origin,
    Place,
    Project,
    Remark,
    Table,
    WrongMakefile,
    wrong,
)
from aegir.drivers.source.makefile_check import content
from aegir.drivers.source.makefile_includes import gather
from aegir.drivers.source.makefile_places import below, contributed, place
from aegir.drivers.source.makefile_values import makefile_of
from aegir.drivers.source.together import together

DEEPEST = 12
"""How far makefiles may be found in what makefiles fetched."""


@dataclass
class Scope:
    """What was named so far where something would be seen: the whole code, or one profile's own."""

    outer: Scope | None = None
    names: dict[str, Place] = field(default_factory=dict)

    def taken(self, name: str) -> Place | None:
        found = self.names.get(name)
        return found or (self.outer.taken(name) if self.outer else None)

    def claim(self, name: str, by: Place) -> Place | None:
        """Where it was claimed before; None when it is the claimant's now."""
        taken = self.taken(name)
        if taken is None:
            self.names[name] = by
        return taken


@dataclass(frozen=True)
class Level:
    """One makefile to be built."""

    makefile: Makefile
    base: str
    """Where its contributed code goes."""
    scope: Scope
    major: int
    languages: tuple[str, ...]
    depth: int = 0


@dataclass(frozen=True)
class Item:
    """One thing to be fetched and put somewhere."""

    item: Library
    meant: Meant | None
    path: str


class Making:
    """Builds one makefile, whole."""

    def __init__(self, work: Work, say: Say, makefile: Makefile) -> None:
        self._work = work
        self._say = say
        self._options = makefile.options
        self._releases = Releases(work.terms, work.ends)
        self._fetching = Fetching(work, patches_txt=makefile.options.patches_txt)
        self._translations = Translations(work, self._releases)
        self._core: tuple[int, ...] = ()
        self._placed: dict[str, Place] = {}
        self.projects: dict[str, Json] = {}
        """Name (with its place, from the second of a name on) → version."""
        self.fetched: dict[str, str] = {}
        """Place → what exactly lies there."""

    @property
    def identity(self) -> str:
        """The same for the same code at the same places."""
        told = json.dumps(self.fetched, sort_keys=True).encode()
        return hashlib.sha256(told).hexdigest()

    def build(self, makefile: Makefile) -> None:
        contrib = makefile.options.contrib
        base = contributed(makefile.major) if contrib is None else contrib
        self._level(Level(makefile, base, Scope(), makefile.major, makefile.translations))

    def _level(self, level: Level) -> None:
        for remark in level.makefile.warnings:
            self._say(str(remark))
        projects = [each for each in level.makefile.projects if self._claimed(each, level)]
        libraries = [each for each in level.makefile.libraries if self._claimed(each, level, "library ")]
        meant = self._meant(projects, level)
        for core in self._cores(meant, level):
            self._fetch([Item(core.project, core, "")], level)
            self._recurse(core, "", level)
        rest = [each for each in meant if each.kind != "core"]
        items = [Item(each.project, each, place(each.project, level.base, each.kind)) for each in rest]
        self._fetch(self._unplaced(items), level)
        for item in items:
            assert item.meant is not None, "projects have a meaning"
            self._recurse(item.meant, item.path, level)
        shelved = [Item(each, None, place(each, level.base, "library")) for each in libraries]
        self._fetch(self._unplaced(shelved), level)

    def _claimed(self, item: Library, level: Level, what: str = "") -> bool:
        scope = level.scope
        if isinstance(item, Project) and item.kind == "profile":
            while scope.outer:  # profiles lie side by side, wherever they are named
                scope = scope.outer
        if isinstance(item, Project) and item.is_core and level.depth:
            return False
        before = scope.claim(f"{what}{item.name}", item.place)
        if before is not None:
            self._say(f"{item.place}: {item.name} is not fetched again, {before} named it first.")
        return before is None

    def _meant(self, projects: list[Project], level: Level) -> list[Meant]:
        """What each project is, asked of the release service all at once; core first, for others need it."""
        known = [each for each in projects if each.is_core]
        found = [self._releases.meant(each, level.major, (), self._say) for each in known]
        if found and not level.depth:
            self._core = _numbers(found[0].version) or (level.major,)
        core = self._core or (level.major,)

        def ask(project: Project) -> Callable[[Say], Meant]:
            return lambda say: self._releases.meant(project, level.major, core, say)

        others = [each for each in projects if not each.is_core]
        found += together([ask(each) for each in others], self._options.at_once, self._say, self._work.stop)
        order = {each.name: number for number, each in enumerate(projects)}
        return sorted(found, key=lambda each: order[each.project.name])

    def _cores(self, meant: list[Meant], level: Level) -> list[Meant]:
        """The one core, of the makefile that was asked for; those of others are left out, as in Drush."""
        cores = [each for each in meant if each.kind == "core"]
        if level.depth:
            return []
        if not cores:
            raise wrong(
                Place(level.makefile.origin, 1), "the makefile has no core: add «projects[] = drupal»."
            )
        if len(cores) > 1:
            names = f"{cores[1].project.name} is a second core, beside {cores[0].project.name}."
            raise wrong(cores[1].project.place, names)
        return cores

    def _unplaced(self, items: list[Item]) -> list[Item]:
        """Those whose place nobody has."""
        mistakes, free = [], []
        for item in items:
            before = self._placed.setdefault(item.path, item.item.place)
            if before is item.item.place or item.item.overwrite:
                free.append(item)
            elif before.origin == item.item.place.origin:
                sentence = f"{item.item.name} goes to {item.path}, as what stands at {before} does."
                mistakes.append(Remark(item.item.place, sentence))
            else:
                self._say(f"{item.item.place}: {item.item.name} is left out, {before} has {item.path}.")
        if mistakes:
            raise WrongMakefile(mistakes)
        return free

    def _fetch(self, items: list[Item], level: Level) -> None:
        """Fetch them all, then put each in its place, in order."""

        def job(item: Item) -> Callable[[Say], Fetched]:
            return lambda say: self._made(item, level, say)

        made = together([job(each) for each in items], self._options.at_once, self._say, self._work.stop)
        for item, fetched in zip(items, made, strict=True):
            replaced = self._work.move(fetched.code, item.path, over=item.item.overwrite)
            if replaced and not item.item.overwrite:
                self._say(f"{item.item.name} replaces what was at {item.path}.")
            self._record(item, fetched)

    def _made(self, item: Item, level: Level, say: Say) -> Fetched:
        fetched = self._fetching.fetch(item.meant, item.item, say)
        meant = item.meant
        if meant is not None:
            files = self._options.info_files
            repository = meant.project.download is not None and meant.project.download.kind == "git"
            if repository and (files == "all" or (files == "drupal.org" and is_drupals(meant.project))):
                write_version(self._work, meant, fetched.code, level.major)
            self._translations.add(meant, fetched.code, level.languages, level.major, say)
        return fetched

    def _record(self, item: Item, fetched: Fetched) -> None:
        version = (item.meant.version if item.meant else "") or fetched.identity
        name = item.item.name if item.item.name not in self.projects else f"{item.item.name} ({item.path})"
        self.projects[name] = version
        self.fetched[item.path] = " + ".join([fetched.identity, *fetched.patches])
        self._say(f"{item.item.name} {version} lies at {item.path or 'the root'}.")

    def _recurse(self, meant: Meant, path: str, level: Level) -> None:
        """Build the makefile found in a project, if there is one."""
        project = meant.project
        if not (project.recursion and self._options.recursion) or project.variant == "projects":
            return
        tree = posixpath.join(self._work.into, path).rstrip("/")
        named = found_makefile(project.name, tree)
        if named is None:
            return
        if level.depth >= DEEPEST:
            raise wrong(project.place, f"{project.name} is the {DEEPEST + 1}th makefile within another.")
        origin = Origin(posixpath.join(tree, named), "tree", tree)
        self._say(f"{origin.shown} was found, and is built too.")
        reader = Reading(self._work, self._say)
        gathered = gather(origin, content(origin, None), reader)
        self._leave_options(gathered.table)
        found = makefile_of(gathered, origin, top=False)
        inner = Scope(level.scope) if meant.kind == "profile" else level.scope
        languages = level.languages or found.translations
        major = found.major or level.major
        base = below(project, level.base, meant.kind, path)
        self._level(Level(found, base, inner, major, languages, level.depth + 1))

    def _leave_options(self, found: Table) -> None:
        """Drush read the options of a makefile that it found, and handed them on to none of its projects."""
        said = found.table("options")
        for name, value in said.entries.items() if said else ():
            self._say(f"{value.place}: the option «{name}» does not count in a makefile that was found.")
        found.entries.pop("options", None)


def _numbers(version: str) -> tuple[int, ...]:
    """The numbers of a version of core, as far as they are some."""
    found = re.match(r"\d+(?:\.\d+)*", version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()
