"""Where each project and library of a makefile goes, below the code's root."""

from __future__ import annotations

import posixpath

from aegir.drivers.source.makefile import Library, Project, wrong

FOLDERS = {"module": "modules", "theme": "themes", "profile": "profiles", "translation": ""}
FIRST_WITHOUT_SITES_ALL = 8


def contributed(major: int) -> str:
    """Where contributed code goes in that version of Drupal: below the root since Drupal 8."""
    return "sites/all" if major < FIRST_WITHOUT_SITES_ALL else ""


def place(item: Library, base: str, kind: str) -> str:
    """The directory of a project (``kind`` as it turned out to be) or library (``kind`` is ``library``), for
    contributed code that goes below ``base``. "" for a core. Refused when that leads out of the code."""
    if kind == "core":
        return ""
    if kind == "library":
        folder = posixpath.join(base, item.destination or "libraries")
    elif kind == "profile":
        folder = item.destination or FOLDERS[kind]
    else:
        folder = posixpath.join(base, FOLDERS[kind])
    named = item.directory_name or item.name
    path = posixpath.normpath(posixpath.join(folder, item.subdir, named))
    # A hidden directory at the root is no place for code: builds have theirs there.
    if path.startswith((".", "/")):
        raise wrong(item.place, f"{item.name} would go to «{path}», outside of the code.")
    return path


def below(item: Project, base: str, kind: str, path: str) -> str:
    """Where what a makefile found in a project asks for goes: beside it, but with a profile inside it."""
    return path if kind == "profile" else base
