"""The releases of a project, as Drupal.org's release service tells them, and which of them is meant."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from aegir.drivers.source.release_core import suits
from aegir.errors import Broken, Refused

LARGEST = 32 << 20
"""Bytes of one project's history; core's has grown to one and a half million."""
DRUPAL = re.compile(r"https?://(?:ftp|www)\.drupal\.org/files/projects/(.+)")
_KINDS = {
    "project_core": "core",
    "project_distribution": "profile",
    "project_module": "module",
    "project_theme": "theme",
    "project_translation": "translation",
}
_SIGNS = (b"<!DOCTYPE", b"<!ENTITY", b"\0")
"""What a history has no use for: it could unfold to very much."""
_PREFIX = re.compile(r"\d+\.x-\d")
_PARTS = re.compile(r"(?:\d+\.x-)?(\d+)(?:\.(?:\d+|x))*(?:-([a-z]+\d*))?(?:\+\d+-dev)?")


@dataclass(frozen=True)
class Archive:
    """One file of a release."""

    address: str
    md5: str = ""
    variant: str = ""


@dataclass(frozen=True)
class Release:
    """One published release."""

    version: str
    major: str
    extra: str
    """``beta1``, ``rc2``, ``dev`` …; "" for a stable release."""
    terms: frozenset[str]
    """``Security update``, ``Insecure``, ``Bug fixes`` …"""
    core: str
    """Which versions of core it is for, as Composer writes it; "" where its name says it."""
    archives: tuple[Archive, ...]

    @property
    def secure(self) -> bool:
        return "Insecure" not in self.terms

    def archive(self, variant: str = "") -> Archive | None:
        """The tar.gz of that variant, else the one that the release names."""
        return next((each for each in self.archives if each.variant == variant), None) or next(
            iter(self.archives), None
        )


@dataclass(frozen=True)
class History:
    """A project and its releases, newest first as the service gives them."""

    name: str
    kind: str
    """``core``, ``module``, ``theme``, ``profile``, ``translation``; "" for what is none of these."""
    releases: tuple[Release, ...]
    majors: tuple[str, ...] = ()
    """The recommended major version, then the other supported ones (up to Drupal 7)."""
    branches: tuple[str, ...] = ()
    """What the versions of supported branches begin with (from Drupal 8)."""

    def find(self, version: str, major: int, core: tuple[int, ...]) -> Release | None:
        """The release that a makefile means by a version: an exact one, the latest of a branch (``3``), or
        a branch's development snapshot (``3.x``). ``core`` is the core it is for, as far as it is known."""
        if not version:
            return self.recommended(core)
        for name in self._names(version, major):
            if re.fullmatch(r"(?:\d+\.x-)?\d+", name):
                prefix, _, branch = name.rpartition("-")
                found = [each for each in self.releases if each.major == branch]
                found = [each for each in found if each.version.startswith(prefix)]
            else:
                wanted = f"{name}-dev" if name.endswith(".x") else name
                found = [each for each in self.releases if each.version == wanted]
            if best := _best(found):
                return best
        return None

    def recommended(self, core: tuple[int, ...] = ()) -> Release | None:
        """The newest stable release of the recommended branch, else of another supported one; one without a
        known hole where there is one."""
        usable = [each for each in self.releases if not each.core or not core or suits(core, each.core)]
        for major in self.majors:
            if best := _best([each for each in usable if each.major == major]):
                return best
        supported = [each for each in usable if each.version.startswith(self.branches or ("",))]
        return _best(supported) or (None if self.branches else self.latest(core))

    def latest(self, core: tuple[int, ...] = ()) -> Release | None:
        """The newest release that is no snapshot, however stable."""
        usable = [each for each in self.releases if not each.core or not core or suits(core, each.core)]
        return next((each for each in usable if each.extra != "dev"), None) or self.dev()

    def dev(self) -> Release | None:
        """The newest development snapshot."""
        return next((each for each in self.releases if each.extra == "dev"), None)

    def _names(self, version: str, major: int) -> list[str]:
        """How that version may be called here: core by itself, the rest mostly with the core's before it."""
        if self.kind == "core" or _PREFIX.match(version):
            return [version]
        if major < 8:
            return [f"{major}.x-{version}", version]
        # Since Drupal 8 a branch goes by its own number, or still by that of Drupal 8.
        return list(dict.fromkeys([version, f"{major}.x-{version}", f"8.x-{version}"]))


def parsed(content: bytes, name: str) -> History:
    """What the service answered for a project. Refused when it knows no such project, or no release of it;
    Broken when that is no answer."""
    if len(content) > LARGEST or any(sign in content for sign in _SIGNS):
        raise Broken(f"What the release service says of {name} is too long, or no release history.")
    try:
        root = ElementTree.fromstring(content)
    except (ElementTree.ParseError, ValueError) as error:
        raise Broken(f"What the release service says of {name} cannot be read: {error}.") from None
    if root.tag == "error":
        raise Refused(f"the release service knows no project «{name}» for this version of Drupal.")
    if root.tag != "project":
        raise Broken(f"What the release service says of {name} is about something else.")
    releases = tuple(filter(None, (_release(each) for each in root.iterfind("releases/release"))))
    if not releases:
        raise Refused(f"the project «{name}» has no release for this version of Drupal.")
    return History(
        name,
        _KINDS.get(_text(root, "type"), ""),
        releases,
        _majors(root),
        tuple(filter(None, _text(root, "supported_branches").split(","))),
    )


def _release(element: Element) -> Release | None:
    version = _text(element, "version")
    found = _PARTS.match(version)
    if _text(element, "status") not in ("published", "") or found is None:
        return None
    extra = _text(element, "version_extra") or ("dev" if version.endswith("-dev") else found[2] or "")
    return Release(
        version,
        _text(element, "version_major") or found[1],
        extra,
        frozenset(_text(term, "value") for term in element.iterfind("terms/term")),
        _text(element, "core_compatibility"),
        tuple(_archives(element)),
    )


def _archives(element: Element) -> Iterable[Archive]:
    """The release's own file first, then the others that are tar.gz."""
    link = _text(element, "download_link")
    files = [
        Archive(_text(file, "url"), _text(file, "md5"), _text(file, "variant"))
        for file in element.iterfind("files/file")
        if _text(file, "archive_type") in ("tar.gz", "")
    ]
    if link:
        known = next((each for each in files if each.address == link), None)
        yield Archive(link, _text(element, "mdhash") or (known.md5 if known else ""))
    yield from (each for each in files if each.address)


def _majors(root: Element) -> tuple[str, ...]:
    said = [_text(root, "recommended_major"), *_text(root, "supported_majors").split(",")]
    return tuple(dict.fromkeys(filter(None, said)))


def _best(releases: list[Release]) -> Release | None:
    """The first of the most trustworthy: stable and without a known hole, then stable, then any."""
    secure = [each for each in releases if each.secure] or releases
    return next((each for each in secure if not each.extra), None) or next(iter(secure), None)


def _text(element: Element, name: str) -> str:
    return (element.findtext(name) or "").strip()
