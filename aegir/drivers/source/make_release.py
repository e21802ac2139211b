"""What the release service says of a makefile's projects, and where their archives lie."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from aegir.drivers.source import Say, Terms, download, releases
from aegir.drivers.source.make_work import at
from aegir.drivers.source.makefile import Project, wrong
from aegir.drivers.source.releases import Archive, Release
from aegir.errors import Broken

SHOWN = 5
"""How many versions a refusal names."""
OWN_NUMBERS = 8
"""Since this version of Drupal one history of a project serves all versions of core."""
_DRUPAL = re.compile(r"https?://(?:ftp|www)\.drupal\.org/files/(projects|translations)/(.+)")


@dataclass(frozen=True)
class Meant:
    """What a project turned out to be."""

    project: Project
    kind: str
    """``core``, ``module``, ``theme``, ``profile``, ``translation``."""
    version: str = ""
    """The full one, as ``7.x-3.29``; "" where nobody says."""
    archive: Archive | None = None
    """What is to be fetched, where the project says no download of its own."""


class Releases:
    """Asks the release service, or the mirror that is set."""

    def __init__(self, terms: Terms, ends: float) -> None:
        self._terms = terms
        self._ends = ends

    def meant(self, project: Project, major: int, core: tuple[int, ...], say: Say) -> Meant:
        """Refused with the line when there is no such project or release. ``core``: its version, as far as it
        is known."""
        kind: str
        if project.download is not None:
            kind = project.kind or ("core" if project.name == "drupal" else "module")
            return Meant(project, kind, full_version(project, kind, major))
        with at(project.place):
            history = self._history(project, major)
        kind = project.kind or history.kind or "module"
        release = history.find(project.version, major, core)
        if release is None:
            some = ", ".join(each.version for each in history.releases[:SHOWN])
            raise wrong(
                project.version_place or project.place,
                f"{project.name} has no release «{project.version or 'recommended'}» for Drupal {major}; "
                f"its newest are {some}.",
            )
        if not release.secure:
            say(f"{project.name} {release.version} has a known security hole: name a newer version.")
        with at(project.place):
            return Meant(project, kind, release.version, self._archive(project, kind, release))

    def address(self, address: str) -> str:
        """The address on the mirror that is set, for what lies at Drupal.org."""
        found = _DRUPAL.fullmatch(address)
        if found is None:
            return address
        base = self._terms.downloads.rstrip("/")
        return f"{base if found[1] == 'projects' else self.translations}/{found[2]}"

    @property
    def translations(self) -> str:
        """Below which translations lie: beside the projects."""
        return f"{self._terms.downloads.rstrip('/').rpartition('/')[0]}/translations"

    def _history(self, project: Project, major: int) -> releases.History:
        base = project.location or self._terms.releases.rstrip("/")
        api = f"{major}.x" if major < OWN_NUMBERS else "current"
        terms = replace(self._terms, bytes=min(self._terms.bytes, releases.LARGEST))
        path = download.fetch(f"{base}/{project.name}/{api}", terms, _silent, ends=self._ends)
        return releases.parsed(path.read_bytes(), project.name)

    def _archive(self, project: Project, kind: str, release: Release) -> Archive:
        variant = "full" if kind == "core" else project.variant
        named = release.archive(variant if kind in ("core", "profile") else "")
        if named is None:
            address = f"{self._terms.downloads.rstrip('/')}/{project.name}-{release.version}.tar.gz"
            return Archive(address)
        address = self.address(named.address)
        if not address.startswith(("https://", "http://")):
            raise Broken(f"The release service names {address[:200]} for {project.name}: that is no address.")
        return replace(named, address=address)


def full_version(project: Project, kind: str, major: int) -> str:
    """The version that code of a repository or archive gets, from what the makefile says of it."""
    version = project.version
    if not version:
        return _of_reference(project)
    if re.fullmatch(r"\d+(?:\.x)?", version):
        version = f"{version.removesuffix('.x')}.x-dev"
    if kind == "core" or re.match(r"\d+\.x-\d", version) or major >= OWN_NUMBERS:
        return version
    return f"{major}.x-{version}"


def _of_reference(project: Project) -> str:
    """By tag, branch or commit: tags of projects are their versions."""
    said = project.download
    if said is None or said.kind != "git":
        return ""
    if said.named == "tag":
        return said.reference
    branch = said.branch or (said.reference if said.named == "branch" else "")
    return f"{branch}-dev" if branch else said.reference


def _silent(line: str) -> None:
    """Histories are many and small: nobody wants to read of each."""
