"""A makefile together with those that it includes and those that override it, as one table of values."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Protocol

from aegir.drivers.source import makefile_ini, makefile_yaml
from aegir.drivers.source.addresses import shown
from aegir.drivers.source.makefile import (
    Download,
    Origin,
    Place,
    Remark,
    Scalar,
    Table,
    WrongMakefile,
    wrong,
)
from aegir.drivers.source.makefile_download import download_of

LARGEST = 256 * 1024
"""Bytes of a makefile."""
MOST = 200
"""Makefiles that one may include, directly and not."""
_YAML = re.compile(r"^\s*(?:core|api)\s*:", re.M)
_INI = re.compile(r"^\s*(?:core|api)\s*=", re.M)
_FIRST_INI = re.compile(r"^[ \t]*[^\s;#:=][^:=\n]*=", re.M)


class Reader(Protocol):
    """Brings the text of makefiles."""

    def text(self, origin: Origin, asked: Place | None) -> bytes | None:
        """Refused, with the place that asked for it, when there is none; None: not looked into here."""

    def inside(self, download: Download, path: str) -> tuple[bytes, Origin] | None:
        """The makefile at a path of a repository; None: not looked into here."""


@dataclass
class Gathered:
    """All that a makefile and those it includes say."""

    table: Table
    warnings: list[Remark] = field(default_factory=list)
    unread: list[Remark] = field(default_factory=list)


def gather(origin: Origin, content: bytes, reader: Reader) -> Gathered:
    """Raises WrongMakefile for the first file that cannot be read, and for files that include each other."""
    gathering = _Gathering(reader)
    table = gathering.merged(origin, content, ())
    return Gathered(table, gathering.warnings, gathering.unread)


def parse(origin: Origin, content: bytes) -> tuple[Table, list[Remark]]:
    """One file, in whichever of the two languages it is written."""
    if len(content) > LARGEST:
        raise wrong(Place(origin, 1), f"a makefile of more than {LARGEST:,} bytes is not read.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise wrong(Place(origin, line), "this is no text in UTF-8.") from None
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    table, warnings = (makefile_yaml if _is_yaml(text, origin) else makefile_ini).read(text, origin)
    _name_projects(table)
    return table, warnings


def _is_yaml(text: str, origin: Origin) -> bool:
    if _YAML.search(text) or _INI.search(text):
        return _YAML.search(text) is not None
    if re.search(r"\.ya?ml$", origin.address):
        return True
    return _FIRST_INI.search(re.sub(r"(?m)^\s*[;#].*$", "", text)) is None and bool(text.strip())


def _name_projects(table: Table) -> None:
    """``projects[] = views`` becomes ``projects[views][version] = ""``: what merges by name needs names."""
    projects = table.table("projects")
    if projects is None:
        return
    mistakes: list[Remark] = []
    named: dict[str, Scalar | Table] = {}
    for key, value in projects.entries.items():
        if not (key.isdigit() and isinstance(value, Scalar)):
            named[key] = value
            continue
        if not value.text:
            mistakes.append(Remark(value.place, "«projects[]» names no project."))
            continue
        other = projects.entries.get(value.text) or named.get(value.text)
        if other is not None:
            sentence = f"«{value.text}» stands in line {other.place.line} too: name a project once."
            mistakes.append(Remark(value.place, sentence))
        named[value.text] = Table(value.place, {"version": Scalar("", value.place)})
    if mistakes:
        raise WrongMakefile(mistakes)
    projects.entries = named


def _spelt_out(table: Table) -> Table:
    """``projects[views] = 3.0`` as its version, for what is said about the project elsewhere."""
    projects = table.table("projects")
    entries = projects.entries if projects else {}
    for name, value in entries.items():
        if isinstance(value, Scalar) and value.true and value.value is not True:
            entries[name] = Table(value.place, {"version": value})
    return table


class _Gathering:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._count = 0
        self._fetched: dict[Origin, Origin] = {}
        """Makefiles of repositories: as they lie here, and as they were named."""
        self.warnings: list[Remark] = []
        self.unread: list[Remark] = []

    def merged(self, origin: Origin, content: bytes, way: tuple[Origin, ...]) -> Table:
        table, warnings = parse(origin, content)
        self.warnings += warnings
        way = (*way, origin)
        for element in ("includes", "overrides"):
            for named in self._named(table, element):
                other = self._brought(named, way)
                if other is None:
                    self.unread.append(Remark(named.place, f"«{_shown(named)}» is read when it is built."))
                    continue
                inner = self.merged(*other, way)
                above, below = (table, inner) if element == "includes" else (inner, table)
                table = above.over(_spelt_out(below))
            table.entries.pop(element, None)
        return table

    def _named(self, table: Table, element: str) -> list[Scalar | Table]:
        found = table.entries.get(element)
        if isinstance(found, Scalar):
            found = Table(found.place, {"0": found})
        named: list[Scalar | Table] = []
        for each in found.entries.values() if found else ():
            if isinstance(each, Scalar) and not each.text:
                self.warnings.append(Remark(each.place, f"«{element}» names no makefile here."))
                continue
            named.append(each)
        return named

    def _brought(self, named: Scalar | Table, way: tuple[Origin, ...]) -> tuple[Origin, bytes] | None:
        self._count += 1
        if self._count > MOST:
            raise wrong(named.place, f"more than {MOST} makefiles are included.")
        if isinstance(named, Table):
            return self._from_repository(named, way)
        try:
            address = named.place.origin.beside(named.text)
        except ValueError as error:
            raise wrong(named.place, f"«{_shown(named)}» {error}.") from None
        origin = _origin(address, named.place.origin)
        _check_way(origin, named.place, way)
        content = self._reader.text(origin, named.place)
        return None if content is None else (origin, content)

    def _from_repository(self, named: Table, way: tuple[Origin, ...]) -> tuple[Origin, bytes] | None:
        mistakes: list[Remark] = []
        path, given = named.scalar("makefile"), named.entries.get("download")
        download = download_of(given, "git", mistakes) if given else None
        if mistakes:
            raise WrongMakefile(mistakes)
        if path is None or not path.text or download is None or download.kind != "git":
            raise wrong(named.place, "a makefile of a repository needs «makefile» and a «download» by git.")
        # Fetched again it would lie elsewhere, so it is known by its name.
        name = Origin(f"{download.address} {download.reference} {path.text}".replace("  ", " "))
        _check_way(name, named.place, tuple(self._fetched.get(each, each) for each in way))
        brought = self._reader.inside(download, path.text)
        if brought is None:
            return None
        content, origin = brought
        self._fetched[origin] = name
        return origin, content


def _origin(address: str, asking: Origin) -> Origin:
    if "://" in address:
        return Origin(address, "elsewhere")
    return Origin(address, asking.trust, asking.tree)


def _check_way(origin: Origin, place: Place, way: tuple[Origin, ...]) -> None:
    if origin in way:
        round_trip = [*way[way.index(origin) :], origin]
        names = " → ".join(each.shown for each in round_trip)
        raise wrong(place, f"the makefile includes itself: {names}.")


def _shown(named: Scalar | Table) -> str:
    if isinstance(named, Scalar):
        return shown(named.text) if "://" in named.text else named.text
    path = named.scalar("makefile")
    return path.text if path else "a makefile of a repository"
