"""From the table of a makefile's values to what they mean: every mistake found at once, each in its place."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from aegir.drivers.source.makefile import (
    KINDS,
    Kind,
    Library,
    Makefile,
    Options,
    Origin,
    Place,
    Project,
    Remark,
    Scalar,
    Table,
    WrongMakefile,
    listed,
)
from aegir.drivers.source.makefile_download import (
    LENGTHS,
    by_release,
    download_of,
    names_file,
    patches_of,
)
from aegir.drivers.source.makefile_includes import Gathered
from aegir.drivers.source.makefile_options import options_of

API = "2"
MOST = 2000
"""Projects and libraries of one makefile."""
_CORE = re.compile(r"(\d{1,3})(?:\.(?:x|\d+(?:\.\d+)?(?:-[a-z0-9]+)?))?")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")
_VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+~-]{0,63}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_@][A-Za-z0-9]+)*")
_BOTH = {"download", "patch", "destination", "subdir", "directory_name", "overwrite", "type", "name"}
_BOTH |= {"options", "lock", "_type", "download_type", "contrib_destination"}
_PROJECT = _BOTH | {"version", "location", "do_recursion", "variant", "l10n_path", "l10n_url", "translations"}
_PROJECT |= set(LENGTHS)
_TOP = {"core", "api", "projects", "libraries", "translations", "options", "defaults", "format"}


def makefile_of(gathered: Gathered, origin: Origin, *, top: bool = True) -> Makefile:
    """Raises WrongMakefile with all that is wrong. ``top``: it is what a platform is made of, not what was
    found in a project: it must say its core."""
    reading = _Reading(gathered.table, origin, gathered.warnings)
    made = reading.makefile(gathered.unread, top=top)
    if reading.mistakes:
        unique = dict.fromkeys(reading.mistakes)
        raise WrongMakefile(sorted(unique, key=lambda each: (each.place.origin != origin, each.place.line)))
    return made


class _Reading:
    def __init__(self, table: Table, origin: Origin, warnings: Iterable[Remark]) -> None:
        self._table = table
        self._origin = origin
        self._main = Place(origin, 1)
        self.warnings = [*warnings]
        self.mistakes: list[Remark] = []

    def makefile(self, unread: Iterable[Remark], *, top: bool) -> Makefile:
        self._unknown(self._table, _TOP, "a makefile")
        core = self._core(top=top, unsure=bool(unread))
        self._api()
        projects = [self._project(*each) for each in self._each("projects")]
        libraries = [self._library(*each) for each in self._each("libraries")]
        if top and not unread:
            self._one_core(projects)
        translations = self._languages(self._table)
        return Makefile(
            self._origin,
            core,
            tuple(projects),
            tuple(libraries),
            translations,
            self._options(),
            tuple(unread),
            tuple(self.warnings),
        )

    def _core(self, *, top: bool, unsure: bool) -> str:
        said = self._table.entries.get("core")
        if said is None:
            if top and not unsure:
                self._wrong(self._main, "the makefile does not say its «core», as in «core = 7.x».")
            return ""
        found = _CORE.fullmatch(said.text) if isinstance(said, Scalar) else None
        if found is None:
            self._wrong(said.place, "«core» is a version of Drupal, such as 7.x or 10.x.")
            return ""
        return f"{int(found[1])}.x"

    def _one_core(self, projects: list[Project]) -> None:
        cores = [each for each in projects if each.is_core]
        unsure = any(each.kind is None and each.download is None for each in projects)
        if not cores and not unsure:
            self._wrong(self._main, "the makefile has no core: add «projects[] = drupal».")
        for each in cores[1:]:
            self._wrong(each.place, f"{each.name} is a second core, beside {cores[0].name}.")

    def _api(self) -> None:
        said = self._table.entries.get("api")
        if said is None:
            self.warnings.append(Remark(self._main, "the makefile does not say its «api»: 2 is meant."))
        elif not isinstance(said, Scalar) or said.text.strip() != API:
            self._wrong(said.place, "«api» must be 2: other makefiles are not understood.")

    def _each(self, element: str) -> list[tuple[str, Table]]:
        """The entries that stay, with what ``defaults`` says put under each."""
        found = self._table.entries.get(element)
        if found is None:
            return []
        if isinstance(found, Scalar):
            if found.text:
                self._wrong(found.place, f"«{element}» holds names, each with what is said of it.")
            return []
        defaults = self._defaults(element)
        named = []
        for name, value in found.entries.items():
            table = _tabled(value)
            if table.entries:  # others are taken out by whoever includes them
                named.append((name, table.over(defaults) if defaults else table))
        if len(named) > MOST:
            self._wrong(found.place, f"there are more than {MOST} {element}.")
            return []
        return [each for each in named if self._named(element, *each)]

    def _defaults(self, element: str) -> Table | None:
        defaults = self._table.table("defaults")
        for name, value in defaults.entries.items() if defaults else ():
            if name not in ("projects", "libraries") and element == "projects":
                self.warnings.append(Remark(value.place, f"«defaults» for «{name}» mean nothing."))
        return defaults.table(element) if defaults else None

    def _named(self, element: str, name: str, table: Table) -> bool:
        parts = name.split("/") if element == "libraries" else [name]
        if name.isdigit() and all(isinstance(each, Table) for each in table.entries.values()):
            right = False
        else:
            right = len(parts) < 4 and all(_NAME.fullmatch(part) for part in parts)
        if not right:
            self._wrong(table.place, f"«{name[:80]}» is not the name of one of the {element}.")
        return right

    def _project(self, name: str, table: Table) -> Project:
        self._unknown(table, _PROJECT, "a project")
        given = table.entries.get("download")
        full = given.scalar("full_version") if isinstance(given, Table) else None
        version = next((each for each in (table.scalar("version"), full) if each and each.text), None)
        if version is not None and not _VERSION.fullmatch(version.text):
            self._wrong(version.place, f"«{version.text[:80]}» is not a version of {name}.")
        download = None if by_release(given) else self._download(table, "git")
        if download is not None and (sums := self._sums(table)):
            download = replace(download, checksums=tuple(dict.fromkeys((*download.checksums, *sums))))
        return Project(
            **self._common(name, table, download),
            kind=self._kind(table),
            version=version.text if version else "",
            version_place=version.place if version else None,
            location=self._address(table, "location"),
            recursion=self._true(table, "do_recursion", True),
            variant=self._variant(table),
            l10n_path=self._address(table, "l10n_path"),
            l10n_url=self._address(table, "l10n_url"),
        )

    def _library(self, name: str, table: Table) -> Library:
        self._unknown(table, _BOTH | set(LENGTHS), "a library")
        download = self._download(table, "file" if names_file(table.entries.get("download")) else "git")
        if "download" not in table.entries:
            self._wrong(table.place, f"the library {name} has no «download».")
        return Library(**self._common(name, table, download))

    def _common(self, name: str, table: Table, download: Any) -> dict[str, Any]:
        patch = table.entries.get("patch")
        return {
            "name": name,
            "place": table.place,
            "download": download,
            "patches": patches_of(patch, self._main, self.mistakes) if patch else (),
            "destination": self._path(table, "destination", upwards=True),
            "subdir": self._path(table, "subdir"),
            "directory_name": self._path(table, "directory_name"),
            "overwrite": self._true(table, "overwrite", False),
        }

    def _download(self, table: Table, default: Any) -> Any:
        given = table.entries.get("download")
        return download_of(given, default, self.mistakes, self.warnings) if given is not None else None

    def _sums(self, table: Table) -> tuple[str, ...]:
        return tuple(
            f"{kind}:{said.text.lower()}" for kind in LENGTHS if (said := table.scalar(kind)) and said.text
        )

    def _kind(self, table: Table) -> Kind | None:
        said = table.entries.get("type")
        if said is None:
            return None
        text = said.text if isinstance(said, Scalar) else ""
        if text in KINDS:
            return text
        self._wrong(said.place, f"the types of project are {listed(KINDS)}.")
        return None

    def _variant(self, table: Table) -> Any:
        said = table.entries.get("variant")
        variants = ("full", "projects", "profile-only")
        if isinstance(said, Scalar) and said.text in variants:
            return said.text
        if said is not None:
            self._wrong(said.place, f"the variants of a profile are {listed(variants)}.")
        return "profile-only"

    def _address(self, table: Table, name: str) -> str:
        said = table.entries.get(name)
        if said is None or (isinstance(said, Scalar) and not said.text):
            return ""
        if not isinstance(said, Scalar) or not re.match(r"https?://", said.text):
            self._wrong(said.place, f"«{name}» must be an address: https://…")
            return ""
        return said.text.rstrip("/")

    def _path(self, table: Table, name: str, *, upwards: bool = False) -> str:
        """A path below where things go. ``upwards``: «..» is judged once it is known where it leads."""
        said = table.entries.get(name)
        if said is None:
            return ""
        text = said.text.strip() if isinstance(said, Scalar) else "/"
        parts = text.rstrip("/").split("/")
        plain = all(part.isprintable() and "\\" not in part and len(part) < 200 for part in parts)
        hidden = any(part.lower() == ".git" for part in parts)
        if text.startswith(("/", "-")) or hidden or not plain or (".." in parts and not upwards):
            self._wrong(said.place, f"«{name}» leads elsewhere: name a directory below the code.")
            return ""
        return "/".join(part for part in parts if part not in ("", "."))

    def _true(self, table: Table, name: str, default: bool) -> bool:
        said = table.entries.get(name)
        return said.true if isinstance(said, Scalar) and said.value is not None else default

    def _languages(self, table: Table) -> tuple[str, ...]:
        said = table.entries.get("translations")
        if isinstance(said, Scalar):
            texts = [(text.strip(), said.place) for text in said.text.split(",")]
        else:
            texts = [(_text(each), each.place) for each in (said.entries.values() if said else ())]
        for text, place in texts:
            if text and not _LANGUAGE.fullmatch(text):
                self._wrong(place, "«translations» holds codes of languages, such as de or pt-br.")
        return tuple(dict.fromkeys(text for text, _ in texts if text))

    def _options(self) -> Options:
        said = self._table.table("options")
        if said is None:
            return Options()
        contrib = self._path(said, "contrib-destination") if "contrib-destination" in said.entries else None
        return options_of(said, contrib, self.warnings)

    def _unknown(self, table: Table, known: set[str], whose: str) -> None:
        for name, value in table.entries.items():
            if name not in known:
                near = difflib.get_close_matches(name, known, 1)
                meant = f": perhaps «{near[0]}» is meant" if near else ""
                self.warnings.append(Remark(value.place, f"«{name}» means nothing in {whose}{meant}."))

    def _wrong(self, place: Place, sentence: str) -> None:
        self.mistakes.append(Remark(place, sentence))


def _tabled(value: Scalar | Table) -> Table:
    """``views = 3.0`` is short for its version; what says no is empty."""
    if isinstance(value, Table):
        return value
    version = Scalar("", value.place) if value.value is True else value
    return Table(value.place, {"version": version} if value.true else {})


def _text(value: Scalar | Table) -> str:
    return value.text if isinstance(value, Scalar) else "/"
