"""Fetching the code of one project or library into a directory of its own, and patching it there."""

from __future__ import annotations

import os
import posixpath
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote, urlsplit

from aegir.drivers.source import Say, Source, Terms, download, git, patching
from aegir.drivers.source.addresses import shown
from aegir.drivers.source.make_release import Meant
from aegir.drivers.source.make_unpack import is_archive, unpack
from aegir.drivers.source.make_work import Work, at, check_inside, is_file
from aegir.drivers.source.makefile import SCHEME, Download, Library, Origin, Patch, wrong
from aegir.errors import Refused

DRUPAL_GIT = "https://git.drupalcode.org/project"
PATCHES = "PATCHES.txt"


@dataclass(frozen=True)
class Fetched:
    """Code in a directory of its own."""

    code: str
    """The directory."""
    identity: str
    """What exactly it is: ``commit 1a2b…`` or ``sha256 9f…``."""
    patches: tuple[str, ...] = ()
    """``sha256 9f…`` of each patch."""


class Fetching:
    """Fetches what one makefile names."""

    def __init__(self, work: Work, *, patches_txt: bool) -> None:
        self._work = work
        self._patches_txt = patches_txt

    def fetch(self, meant: Meant | None, item: Library, say: Say) -> Fetched:
        """The item's code, patched. ``meant``: of a project, what it is. Every failure names its line."""
        room = self._work.directory()
        code = f"{room}/code"
        self._work.host.make_directory(code, mode=0o755, owner=self._work.terms.user)
        said = item.download
        with at(said.place if said else item.place, item.name):
            if said is not None and said.kind == "git":
                identity = self._git(item, said, code, say)
            elif said is not None and said.kind == "copy":
                identity = self._copy(said, code)
            elif said is not None:
                identity = self._file(said, room, code, say)
            else:
                identity = self._release(meant, code, say)
        patches = self._patched(item, room, code, say)
        self._work.run(["rm", "-rf", "--", f"{code}/.git"])
        return Fetched(code, identity, patches)

    def _release(self, meant: Meant | None, code: str, say: Say) -> str:
        archive = meant.archive if meant else None
        assert archive is not None, "a project without a download has an archive"
        checksum = f"md5:{archive.md5}" if archive.md5 else ""
        path = self._fetched(archive.address, [checksum] if checksum else [], say)
        unpack(self._work, path, code, shown(archive.address), say)
        return f"sha256 {download.digest(path)}"

    def _file(self, said: Download, room: str, code: str, say: Say) -> str:
        path = self._brought(said.address, said.place.origin, said.checksums, f"{room}/file", say)
        if is_archive(path):
            unpack(self._work, path, code, shown(said.address), say, subtree=said.subtree)
        elif said.subtree:
            raise Refused(f"{shown(said.address)} is no archive, so there is no «{said.subtree}» in it.")
        else:
            self._place_file(path, f"{code}/{said.filename or _name(said.address)}")
        return f"sha256 {download.digest(path)}"

    def _place_file(self, path: Path, target: str) -> None:
        argv = ["dd", f"of={target}", "status=none"]
        user, left = self._work.terms.user, self._work.left
        with path.open("rb") as file, self._work.host.writing(argv, user=user, timeout=left) as pipe:
            shutil.copyfileobj(file, pipe)

    def _copy(self, said: Download, code: str) -> str:
        if SCHEME.match(said.address):
            raise Refused("only a directory of this machine is copied: name its path.")
        if self._work.run(["test", "-d", said.address, "-a", "-r", said.address], codes=(0, 1)).code:
            raise Refused(f"there is no directory {said.address} that the builder may read.")
        check_inside(said.place.origin, said.address)
        argv = ["cp", "-R", "--preserve=mode,timestamps,links", "--reflink=auto", "--"]
        self._work.runner(code, (0,))([*argv, f"{said.address}/.", "."])
        return f"copy of {said.address}"

    def _git(self, item: Library, said: Download, code: str, say: Say) -> str:
        if said.address.startswith("/"):
            check_inside(said.place.origin, said.address)
        reference = f"refs/tags/{said.reference}" if said.named == "tag" else said.reference
        source = Source(
            "git", said.address or f"{DRUPAL_GIT}/{item.name}.git", reference, submodules=said.submodules
        )
        terms = replace(self._work.terms, seconds=max(self._work.ends - time.monotonic(), 1))
        return git.Driver(self._work.host).build(source, code, terms, say).identity

    def _patched(self, item: Library, room: str, code: str, say: Say) -> tuple[str, ...]:
        applied: list[str] = []
        digests: list[str] = []
        for number, patch in enumerate(item.patches):
            with at(patch.place, item.name):
                name, digest = self._patch(patch, f"{room}/patch-{number}", code, say)
            applied.append(name)
            digests.append(f"sha256 {digest}")
            say(f"{item.name} is patched with {applied[-1]}.")
        if applied and self._patches_txt and self._work.host.stat(f"{code}/{PATCHES}") is None:
            self._work.write(f"{code}/{PATCHES}", patching.notice(applied).encode())
        return tuple(digests)

    def _patch(self, patch: Patch, room: str, code: str, say: Say) -> tuple[str, str]:
        """Put it on; its name in PATCHES.txt, and its checksum."""
        address = self._there(patch)
        small = replace(self._work.terms, bytes=min(self._work.terms.bytes, patching.LARGEST))
        path = self._brought(address, patch.place.origin, patch.checksums, f"{room}-local", say, small)
        if path.stat().st_size > patching.LARGEST:
            raise Refused(f"the patch is larger than {patching.LARGEST:,} bytes.")
        self._work.write(room, path.read_bytes())
        digest = download.digest(path)
        try:
            patching.apply(room, self._work.runner(code, patching.CODES))
        except Refused as refused:
            raise Refused(f"the patch {shown(patch.written)} does not apply: {refused}.") from None
        if SCHEME.match(address):
            return shown(address), digest
        name = posixpath.basename(address)
        if self._patches_txt and self._work.host.stat(f"{code}/{name}") is None:
            self._work.write(f"{code}/{name}", path.read_bytes())
        return name, digest

    def _there(self, patch: Patch) -> str:
        """The first of its addresses that is there."""
        for address in patch.addresses:
            if SCHEME.match(address) or self._work.readable(address):
                return address
        raise wrong(patch.place, f"there is no patch {patch.written} that the builder may read.")

    def _brought(
        self,
        address: str,
        origin: Origin,
        checksums: Sequence[str],
        target: str,
        say: Say,
        terms: Terms | None = None,
    ) -> Path:
        """A file of this machine, as far as the builder may read it, or one that is fetched."""
        if SCHEME.match(address):
            return self._fetched(address, checksums, say, terms)
        check_inside(origin, address)
        path = self._work.copied(address, target)
        _check(path, checksums, address)
        return path

    def _fetched(self, address: str, checksums: Sequence[str], say: Say, terms: Terms | None = None) -> Path:
        given = terms or self._work.terms
        first = next(iter(checksums), "")
        path = download.fetch(address, given, say, checksum=first, ends=self._work.ends)
        _check(path, checksums[1:], address)
        return path


def found_makefile(name: str, code: str) -> str | None:
    """The makefile in a project's code, where it has one."""
    for named in (f"{name}.make.yml", f"{name}.make", "drupal-org.make.yml", "drupal-org.make"):
        if is_file(os.path.join(code, named)):
            return named
    return None


def _check(path: Path, checksums: Sequence[str], address: str) -> None:
    for each in checksums:
        kind, _, digits = each.partition(":")
        found = download.digest(path, kind)
        if found != digits:
            raise Refused(
                f"{shown(address)} is not the file that was meant: its checksum is {kind}:{found}, "
                f"not {each}."
            )


def _name(address: str) -> str:
    """The last part of an address's path."""
    path = unquote(urlsplit(address).path) if SCHEME.match(address) else address
    name = posixpath.basename(path.rstrip("/"))
    return name if name not in ("", ".", "..") and "\0" not in name and "/" not in name else "download"
