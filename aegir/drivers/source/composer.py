"""Code that Composer puts together: from a package, or from a composer.json with its lock.

Composer runs twice. First it fetches everything, with what opens hosts, and lets no foreign code run; then
plugins, and scripts where terms allow them, work on what is there, without any secret.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import cast

from aegir import drivers
from aegir.drivers.host import Host
from aegir.drivers.host.reach import blocked_at
from aegir.drivers.source import Built, Json, Say, Source, SourceDriver, Terms, addresses, programs
from aegir.drivers.source.composer_project import JSON, LOCK, Project
from aegir.drivers.source.composer_running import Composer
from aegir.drivers.source.programs import HOME, at_home
from aegir.drivers.source.proxy import proxy
from aegir.errors import Refused

_PACKAGE = re.compile(
    r"(?P<name>[a-z0-9]+(?:[_.-][a-z0-9]+)*/[a-z0-9]+(?:(?:[_.]|-{1,2})[a-z0-9]+)*)"
    r"(?::(?P<version>[A-Za-z0-9^~*<>=!][\w.^~*@|,<>=!+/ -]{0,200}))?",
    re.ASCII,
)
_CREATED = re.compile(r"^\s*(?:- )?Installing (\S+ \(\S+)(?: [0-9a-f]{5,40})?\)", re.M)


class Driver:
    """See ``SourceDriver`` for what each method promises."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def check(self, source: Source) -> None:
        if source.checksum:
            raise Refused(
                "Composer's code has no checksum: its composer.lock says what it is.", field="checksum"
            )
        if self._package(source):
            if source.reference:
                raise Refused("A package has no reference: write vendor/package:version.", field="reference")
        elif self._path(source) is None:
            self._git(source).check(_of_git(source))

    def build(self, source: Source, into: str, terms: Terms, say: Say) -> Built:
        self.check(source)
        ends = time.monotonic() + terms.seconds
        facts: dict[str, Json] = {}
        path = self._path(source)
        if package := self._package(source):
            facts["project"] = self._create(package, into, terms, say, ends)
        elif path is not None:
            self._copy(path, into, terms, say, ends)
        else:
            left = replace(terms, seconds=max(ends - time.monotonic(), 1))
            facts |= self._git(source).build(_of_git(source), into, left, say).facts
        facts |= self.install(into, terms, say, ends)
        return Built(f"lock {facts['lock']}", facts)

    def install(self, into: str, terms: Terms, say: Say, ends: float) -> Mapping[str, Json]:
        """Put in what the composer.json in ``into`` names, as its lock says; the facts to keep.

        Where there is no lock, one is made. ``ends`` is when to give up, as ``time.monotonic()`` tells it.
        """
        project = Project(self._host, into, terms)
        with at_home(self._host, into, terms) as home, proxy(terms) as way:
            composer = Composer(self._host, into, home, terms, say, ends, way)
            composer.places += project.repositories()
            project.adapt()
            if not project.locked():
                say(f"There is no {LOCK}: versions are chosen now, and kept in one.")
                composer.fetching("update", "--no-install", "--no-audit", "--no-progress")
            project.check_hosts()
            for name in project.held_back():
                say(f"The plugin {name} does not run: composer_plugins does not name it.")
            composer.fetching("install", "--no-dev", "--prefer-dist", "--no-progress", "--download-only")
            advisories = composer.audit()
            composer.keep()
            composer.working("install", "--no-dev", "--prefer-dist", "--no-progress")
            project.restore()
        return {**project.facts(), **({} if advisories is None else {"advisories": advisories})}

    def _create(self, package: re.Match[str], into: str, terms: Terms, say: Say, ends: float) -> str:
        """Fetch the package that is the project itself; which one it was."""
        with at_home(self._host, into, terms) as home, proxy(terms) as way:
            composer = Composer(self._host, into, home, terms, say, ends, way)
            version = [package["version"]] if package["version"] else []
            said = composer.fetching(
                "create-project", "--no-install", "--prefer-dist", "--no-progress", "--remove-vcs",
                "--no-audit", "--", package["name"], f"{home}/project", *version, cwd=home,
            )  # fmt: skip
            composer.keep()
            self._lift(f"{home}/project", into)
        created = _CREATED.search(said)
        return created[1].replace("(", "") if created else package["name"]

    def _copy(self, path: str, into: str, terms: Terms, say: Say, ends: float) -> None:
        """Bring a composer.json and its lock, or the whole directory, as the builder sees them."""
        found = self._host.stat(path)
        whole = found is not None and found.kind == "directory"
        if found is None or not (whole or path.endswith(f"/{JSON}")):
            raise Refused(f"There is no {JSON} at {path}.", field="location")
        folder = path.rstrip("/") if whole else path.rpartition("/")[0] or "/"
        blocked = blocked_at(self._host, folder, terms.user) if terms.user else None
        if blocked is not None:
            raise Refused(
                f"{terms.user}, who builds code, cannot read {folder}: {blocked} keeps him out. Let him "
                f"through with «chmod o+rx {blocked}».",
                field="location",
            )
        some = [] if whole else [f"--include=/{JSON}", f"--include=/{LOCK}", "--exclude=*"]
        argv = ["rsync", "-rlpt", f"--exclude=/{HOME}", "--exclude=/.git", *some, "--", f"{folder}/", "."]
        programs.run(self._host, argv, into=into, terms=terms, env={}, ends=ends, say=say)

    def _lift(self, folder: str, into: str) -> None:
        for name in self._host.list(folder):
            if name == HOME:
                raise Refused(f"The package holds «{HOME}», which no code may.", field="location")
            self._host.rename(f"{folder}/{name}", f"{into}/{name}")

    def _package(self, source: Source) -> re.Match[str] | None:
        return _PACKAGE.fullmatch(source.location.strip())

    def _path(self, source: Source) -> str | None:
        """The path of a composer.json or its directory; None for what only git can fetch."""
        if source.reference or not source.location.startswith(("/", "file:")):
            return None
        path = addresses.path_of(source.location)
        if path is None or not path.isprintable() or ".." in path.split("/"):
            raise Refused(f"Give the whole path of the {JSON}.", field="location")
        return path

    def _git(self, source: Source) -> SourceDriver:
        if not source.location.startswith("/") and ":" not in source.location:
            raise Refused(
                f"«{source.location[:80]}» is no place of a Composer project: write vendor/package:version, "
                f"the whole path of a {JSON}, or the address of a git repository.",
                field="location",
            )
        try:
            return cast(SourceDriver, drivers.load("source", "git")(self._host))
        except LookupError:
            raise Refused("This Aegir cannot fetch from git.", field="location") from None


def install(host: Host, into: str, terms: Terms, say: Say, ends: float) -> Mapping[str, Json]:
    """Run Composer in code that came from elsewhere; see ``Driver.install``."""
    return Driver(host).install(into, terms, say, ends)


def _of_git(source: Source) -> Source:
    return replace(source, kind="git", composer=False)
