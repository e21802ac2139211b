"""What is written into fetched code beside patches: versions, where Drupal.org has none, and translations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from urllib.parse import urlsplit
from xml.etree import ElementTree

from aegir.drivers.source import Say, download
from aegir.drivers.source.make_release import OWN_NUMBERS, Meant, Releases
from aegir.drivers.source.make_work import Work
from aegir.drivers.source.makefile import Project
from aegir.errors import AegirError, Broken

LARGEST = 8 << 20
"""Bytes of one translation."""
_HOSTS = re.compile(r"(?:.+\.)?(?:drupal|drupalcode)\.org")


def is_drupals(project: Project) -> bool:
    """Whether its code comes from a repository of Drupal.org's, where no version is written into it."""
    said = project.download
    if said is None or said.kind != "git":
        return False
    return not said.address or _HOSTS.fullmatch(urlsplit(said.address).hostname or "") is not None


def write_version(work: Work, meant: Meant, code: str, major: int) -> None:
    """Add to each ``.info`` file what Drupal.org adds when it makes an archive: without it nobody knows which
    version a module has."""
    if not meant.version:
        return
    yaml = major >= OWN_NUMBERS
    name, sign = meant.project.name, ":" if yaml else " ="
    lines = [f'version{sign} "{meant.version}"', f'project{sign} "{name}"']
    if not yaml:
        lines.insert(1, f'core = "{major}.x"')
    comment = f"{'#' if yaml else ';'} Information added by Aegir"
    text = "\n".join(["", comment, *lines, ""])
    ending = "*.info.yml" if yaml else "*.info"
    found = work.run(["find", code, "-type", "f", "-name", ending, "-print0"]).out
    for path in filter(None, found.split("\0")):
        work.host.run(["tee", "-a", "--", path], stdin=text, user=work.terms.user, timeout=work.left)


class Translations:
    """Fetches what localize.drupal.org has of a project, or another server."""

    def __init__(self, work: Work, releases: Releases) -> None:
        self._work = work
        self._releases = releases
        self._patterns: dict[str, str] = {}

    def add(self, meant: Meant, code: str, languages: Sequence[str], major: int, say: Say) -> None:
        """What there is; what there is not is told, and is no failure, as translations come and go."""
        if not languages or not meant.version:
            return
        missing = []
        for language in languages:
            try:
                self._add(meant, code, language, major)
            except AegirError:
                missing.append(language)
        if missing:
            say(f"{meant.project.name} {meant.version} has no translation into {', '.join(missing)}.")

    def _add(self, meant: Meant, code: str, language: str, major: int) -> None:
        address = self._pattern(meant.project)
        values = {
            "project": meant.project.name,
            "release": re.sub(r"^\d+\.x-", "", meant.version) if major >= OWN_NUMBERS else meant.version,
            "version": meant.version,
            "core": f"{major}.x" if major < OWN_NUMBERS else "all",
            "language": language,
        }
        for name, value in values.items():
            address = address.replace(f"%{name}", value)
        content = self._content(self._releases.address(address))
        file = f"{self._work.directory()}/{language}.po"
        self._work.write(file, content)
        for folder in self._folders(meant, code, major):
            self._work.run(["install", "-D", "-m", "644", "-T", "--", file, f"{folder}/{language}.po"])

    def _folders(self, meant: Meant, code: str, major: int) -> Iterator[str]:
        """Where the installer and the modules look; core's goes to every profile."""
        if meant.kind != "core":
            yield f"{code}/translations"
            return
        base = f"{code}/core" if major >= OWN_NUMBERS else code
        for name in self._work.host.list(f"{base}/profiles"):
            found = self._work.host.stat(f"{base}/profiles/{name}")
            if found is not None and found.kind == "directory":
                yield f"{base}/profiles/{name}/translations"
        yield f"{base}/modules/system/translations"

    def _pattern(self, project: Project) -> str:
        """The address of a translation, with places for what differs."""
        if project.l10n_path:
            return project.l10n_path
        server = project.l10n_url or f"{self._releases.translations}/l10n_server.xml"
        if server not in self._patterns:
            try:
                found = ElementTree.fromstring(self._content(server)).findtext("update_url")
            except (ElementTree.ParseError, ValueError):
                found = None
            if not found:
                raise Broken(f"{server} does not say where translations lie.")
            self._patterns[server] = found.strip()
        return self._patterns[server]

    def _content(self, address: str) -> bytes:
        if not address.startswith(("http://", "https://")):
            raise Broken(f"{address[:200]} is no address.")
        terms = replace(self._work.terms, bytes=LARGEST)
        content = download.fetch(address, terms, _silent, ends=self._work.ends).read_bytes()
        if b"<!ENTITY" in content or b"\0" in content:
            raise Broken(f"{address} is no translation.")
        return content


def _silent(line: str) -> None:
    """Translations are many and small."""
