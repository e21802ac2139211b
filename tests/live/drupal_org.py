"""A release service with its downloads and translations, as Drupal.org has them, on a local web server."""

from __future__ import annotations

import gzip
import hashlib
import io
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from xml.sax.saxutils import escape

from aegir.drivers.source import Terms
from tests.live.files import Shelf

KINDS = {"core": "core", "module": "module", "theme": "theme", "profile": "distribution"}


def tar(files: Mapping[str, str | bytes], top: str = "") -> bytes:
    """A tar.gz of files by path, all in the folder ``top``."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for path, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            member = tarfile.TarInfo(f"{top}/{path}" if top else path)
            member.size, member.mode = len(data), 0o644
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(made.getvalue(), mtime=0)


def files_of(folder: Path) -> dict[str, str | bytes]:
    """All that lies in a folder, for ``tar``."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


@dataclass
class Release:
    """One entry of a history."""

    version: str
    link: str
    md5: str
    terms: tuple[str, ...] = ()
    core: str = ""
    variants: Mapping[str, tuple[str, str]] = field(default_factory=dict)

    def xml(self) -> str:
        terms = "".join(f"<term><name>Release type</name><value>{each}</value></term>" for each in self.terms)
        files = "".join(
            f"<file><url>{url}</url><archive_type>tar.gz</archive_type><md5>{md5}</md5>"
            f"<variant>{variant}</variant></file>"
            for variant, (url, md5) in self.variants.items()
        )
        own = f"<file><url>{self.link}</url><archive_type>tar.gz</archive_type><md5>{self.md5}</md5></file>"
        return (
            f"<release><name>x</name><version>{escape(self.version)}</version><status>published</status>"
            f"<download_link>{self.link}</download_link><core_compatibility>{escape(self.core)}"
            f"</core_compatibility><terms>{terms}</terms><files>{own}{files}</files></release>"
        )


@dataclass
class DrupalOrg:
    """Hands out what tests release."""

    shelf: Shelf
    histories: dict[tuple[str, str], list[Release]] = field(default_factory=dict)

    def terms(self, terms: Terms) -> Terms:
        """The same, with this as Drupal.org."""
        releases, files = self.shelf.address("/release-history"), self.shelf.address("/files/projects")
        return replace(terms, releases=releases, downloads=files, private=True)

    def release(
        self,
        name: str,
        version: str,
        files: Mapping[str, str | bytes] | None = None,
        *,
        kind: str = "module",
        api: str = "7.x",
        terms: tuple[str, ...] = (),
        core: str = "",
        majors: str = "",
        branches: str = "",
        variants: Mapping[str, Mapping[str, str | bytes]] | None = None,
        md5: str = "",
    ) -> Release:
        """Put out a release, older than those that are there."""
        top = f"{name}-{version}" if kind == "core" else name
        content = {f"{name}.info": f"name = {name}\nversion = {version}\n"} if files is None else files
        link, sum_ = self._put(f"{name}-{version}", tar(content, top))
        more = {
            variant: self._put(f"{name}-{version}-{variant}", tar(content, top))
            for variant, content in (variants or {}).items()
        }
        new = Release(version, link, md5 or sum_, terms, core, more)
        history = self.histories.setdefault((name, api), [])
        history.append(new)
        majors = majors or ",".join(dict.fromkeys(_major(each.version) for each in history))
        said = f"<supported_branches>{branches}</supported_branches>" if branches else (
            f"<recommended_major>{majors.partition(',')[0]}</recommended_major>"
            f"<supported_majors>{majors}</supported_majors>"
        )  # fmt: skip
        body = (
            f'<?xml version="1.0"?><project><title>{name}</title><short_name>{name}</short_name>'
            f"<type>project_{KINDS[kind]}</type>{said}"
            f"<releases>{''.join(each.xml() for each in history)}</releases></project>"
        )
        self.shelf.put(f"/release-history/{name}/{api}", body.encode())
        return new

    def translation(self, name: str, version: str, language: str, text: str, core: str = "7.x") -> None:
        pattern = "/files/translations/%core/%project/%project-%release.%language.po"
        server = f"<l10n_server><update_url>https://ftp.drupal.org{pattern}</update_url></l10n_server>"
        self.shelf.put("/files/translations/l10n_server.xml", server.encode())
        self.shelf.put(f"/files/translations/{core}/{name}/{name}-{version}.{language}.po", text.encode())

    def _put(self, file: str, content: bytes) -> tuple[str, str]:
        """Its address at Drupal.org, where nobody goes in tests, and its md5."""
        self.shelf.put(f"/files/projects/{file}.tar.gz", content)
        address = f"https://ftp.drupal.org/files/projects/{file}.tar.gz"
        return address, hashlib.md5(content, usedforsecurity=False).hexdigest()


def _major(version: str) -> str:
    return version.rpartition("x-")[2].partition(".")[0]
