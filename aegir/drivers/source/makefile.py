"""What a Drush makefile says, as plain values. Everything knows its place: which file, which line."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import urljoin, urlsplit

from aegir.errors import Refused

SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_FILE = "file://"

Trust = Literal["machine", "tree", "elsewhere"]
"""Whose word a makefile is: one lying on this machine may name any file that the builder can read, one found
in code that was fetched files of that code, and one that came by an address nothing but addresses."""
Kind = Literal["core", "module", "theme", "profile", "translation"]
KINDS: tuple[Kind, ...] = ("core", "module", "theme", "profile", "translation")


@dataclass(frozen=True)
class Origin:
    """One makefile: where it came from, and what it may name."""

    address: str
    """Its absolute path, or its address."""
    trust: Trust = "machine"
    tree: str = ""
    """The directory of the code that it was found in, where it was."""

    @property
    def shown(self) -> str:
        """As it is spoken of."""
        if self.trust == "tree":
            return posixpath.join(posixpath.basename(self.tree), posixpath.relpath(self.address, self.tree))
        if SCHEME.match(self.address):
            parts = urlsplit(self.address)
            return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
        return self.address

    def beside(self, named: str) -> str:
        """The path or address that something named in this makefile stands for.

        Raises ValueError with the end of a sentence when this makefile may not name it.
        """
        if "\0" in named or not named.isprintable():
            raise ValueError("holds control characters")
        if SCHEME.match(named) and not named.startswith(_FILE):
            return named
        if self.trust == "elsewhere":
            return self._address_beside(named)
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self.address), named.removeprefix(_FILE)))
        if self.trust == "tree" and not f"{path}/".startswith(f"{self.tree}/"):
            raise ValueError("leads out of the code that this makefile came with")
        return path

    def _address_beside(self, named: str) -> str:
        if named.startswith(_FILE):
            raise ValueError("names a file of this machine, which a makefile from elsewhere may not")
        try:
            return urljoin(self.address, named)
        except ValueError:
            raise ValueError("is no address") from None


@dataclass(frozen=True)
class Place:
    """A line of a makefile."""

    origin: Origin
    line: int

    def __str__(self) -> str:
        return f"{self.origin.shown}:{self.line}"


@dataclass(frozen=True)
class Remark:
    """A sentence about one place."""

    place: Place
    sentence: str

    def __str__(self) -> str:
        return f"{self.place}: {self.sentence}"


class WrongMakefile(Refused):
    """What stands in a makefile cannot be built; ``remarks`` has every mistake that was found."""

    def __init__(self, remarks: Sequence[Remark]) -> None:
        self.remarks = tuple(remarks)
        rest = len(self.remarks) - 1
        more = f" ({rest} more mistake{'s' if rest > 1 else ''})" if rest else ""
        super().__init__(f"{self.remarks[0]}{more}", field="location")


def wrong(place: Place, sentence: str) -> WrongMakefile:
    """The one mistake."""
    return WrongMakefile([Remark(place, sentence)])


@dataclass(frozen=True)
class Scalar:
    """One value as it was written: ``3.10`` stays what it is. None is «no value»."""

    value: str | bool | None
    place: Place

    @property
    def text(self) -> str:
        """As text; truth is "1" and untruth "", as PHP has it."""
        if isinstance(self.value, bool):
            return "1" if self.value else ""
        return self.value or ""

    @property
    def true(self) -> bool:
        return self.text not in ("", "0")


@dataclass
class Table:
    """Values by name, in the order they were written. Lists have numbers for names, as in PHP."""

    place: Place
    entries: dict[str, Scalar | Table] = field(default_factory=dict)

    def table(self, name: str) -> Table | None:
        found = self.entries.get(name)
        return found if isinstance(found, Table) else None

    def scalar(self, name: str) -> Scalar | None:
        found = self.entries.get(name)
        return found if isinstance(found, Scalar) else None

    def number(self) -> str:
        """The next free number."""
        taken = len(self.entries)
        while str(taken) in self.entries:
            taken += 1
        return str(taken)

    def over(self, other: Table) -> Table:
        """Both, this one's values before the other's, name by name down to the last."""
        merged = Table(self.place, dict(other.entries))
        for name, mine in self.entries.items():
            theirs = other.entries.get(name)
            both = isinstance(mine, Table) and isinstance(theirs, Table)
            merged.entries[name] = mine.over(theirs) if both else mine  # type: ignore[union-attr,arg-type]
        return merged


@dataclass(frozen=True)
class Download:
    """Where something comes from, when not from Drupal.org's release service."""

    kind: Literal["file", "git", "copy"]
    place: Place
    address: str
    """A path or an address; "" is Drupal.org's own repository of the project."""
    checksums: tuple[str, ...] = ()
    """``md5:…``, ``sha1:…``, ``sha256:…``, ``sha512:…``; it must have them all."""
    filename: str = ""
    """What a file that is no archive is to be called; "" keeps its name."""
    subtree: str = ""
    """The directory of an archive that is meant; "" is all of it."""
    reference: str = ""
    """Branch, tag or commit of a repository."""
    named: Literal["", "refspec", "tag", "revision", "branch"] = ""
    """What the reference is said to be."""
    branch: str = ""
    """The branch that a commit is said to be of."""
    submodules: bool = False


@dataclass(frozen=True)
class Patch:
    """A change to fetched code."""

    place: Place
    addresses: tuple[str, ...]
    """Where it may be: the first that is there is meant."""
    written: str
    """As the makefile names it."""
    checksums: tuple[str, ...] = ()


@dataclass(frozen=True)
class Library:
    """Code that is not Drupal's."""

    name: str
    place: Place
    download: Download | None = None
    """None: from the release service. Only projects come from there."""
    patches: tuple[Patch, ...] = ()
    destination: str = ""
    """Directory for it, below where contributed code goes; "" is the usual one."""
    subdir: str = ""
    directory_name: str = ""
    overwrite: bool = False
    """Whether it is laid over what is there already, instead of in its place."""


@dataclass(frozen=True)
class Project(Library):
    """A project of Drupal's."""

    kind: Kind | None = None
    """None: as the release service says, else a module."""
    version: str = ""
    """As written: ``3.0``, ``3.x-dev``, ``7.x-3.0``, ``3``; "" is the recommended release."""
    version_place: Place | None = None
    location: str = ""
    """The release service; "" is Drupal.org's, or the mirror that is set."""
    recursion: bool = True
    """Whether a makefile found in it is built too."""
    variant: Literal["full", "projects", "profile-only"] = "profile-only"
    """Which archive of an installation profile is meant."""
    l10n_path: str = ""
    l10n_url: str = ""

    @property
    def is_core(self) -> bool:
        """Whether it is known to be one without asking anybody."""
        return self.kind == "core" or (self.kind is None and self.name == "drupal")


@dataclass(frozen=True)
class Options:
    """What a makefile says about the build as a whole."""

    contrib: str | None = None
    """Where contributed code goes; None is the usual place of the core's version."""
    recursion: bool = True
    patches_txt: bool = True
    info_files: Literal["drupal.org", "all", "none"] = "drupal.org"
    """Which repositories' ``.info`` files get a version written in."""
    at_once: int = 4


@dataclass(frozen=True)
class Makefile:
    """One makefile with all it includes."""

    origin: Origin
    core: str
    """The major version, as ``7.x``; "" in a makefile found in a project that says nothing."""
    projects: tuple[Project, ...]
    libraries: tuple[Library, ...]
    translations: tuple[str, ...] = ()
    options: Options = Options()
    unread: tuple[Remark, ...] = ()
    """Includes that were not looked into: each says which."""
    warnings: tuple[Remark, ...] = ()

    @property
    def major(self) -> int:
        return int(self.core.partition(".")[0] or 0)


def listed(names: Iterable[str]) -> str:
    """«a», «b» and «c»."""
    shown = [f"«{name}»" for name in names]
    return " and ".join(filter(None, [", ".join(shown[:-1]), *shown[-1:]]))
