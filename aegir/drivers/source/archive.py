"""Code from an archive: a tar, whatever compressed by, or a zip."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aegir.drivers.archive.compression import unpacked
from aegir.drivers.archive.guard import Guard, Hostile, limit
from aegir.drivers.archive.members import Damaged, Member, Members
from aegir.drivers.archive.unpacking import Unpacking
from aegir.drivers.host import Host
from aegir.drivers.host.paths import explaining, opened
from aegir.drivers.source import Built, Say, Source, Terms, addresses, afterwards
from aegir.drivers.source.download import digest, fetch, parsed_checksum
from aegir.drivers.source.programs import HOME
from aegir.drivers.source.taking import leads_out
from aegir.drivers.source.zip import START, ZipMembers
from aegir.errors import Broken, Refused

ASIDE = ".aegir-unpacked"
"""In the directory that is built: where everything lies until it is known whether it has one top folder."""
IGNORED = ("__MACOSX", "pax_global_header")


class Driver:
    """See ``SourceDriver`` for what each method promises."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def check(self, source: Source) -> None:
        afterwards.check(source)
        if not source.location.startswith("/"):
            addresses.parsed(source.location)
        if source.location.rstrip("/").rpartition("/")[2] == "" or not source.location.isprintable():
            raise Refused("Give the archive's whole path, or its address.", field="location")
        parsed_checksum(source.checksum)
        if source.reference:
            raise Refused("An archive has no branches or tags: leave the reference out.", field="reference")

    def build(self, source: Source, into: str, terms: Terms, say: Say) -> Built:
        self.check(source)
        ends = time.monotonic() + terms.seconds
        file = fetch(source.location, terms, say, checksum=source.checksum, ends=ends)
        sha256 = digest(file)
        self.unpack(file, addresses.shown(source.location), into, terms, say, ends)
        facts = afterwards.install(self._host, into, terms, say, ends) if source.composer else {}
        return Built(f"sha256 {sha256}", {**facts, "sha256": sha256})

    def unpack(self, file: Path, name: str, into: str, terms: Terms, say: Say, ends: float) -> str:
        """Unpack an archive, of whom messages speak as ``name``, into an empty directory of the builder's,
        without the one folder that everything in it lies in, if there is one: its name is returned."""
        say(f"Unpacking {name} …")
        aside = f"{into}/{ASIDE}"
        self._host.make_directory(aside, mode=0o700)
        try:
            seen = self._put(file, aside, terms, ends)
            lifted = seen.lifted()
        except Damaged as damaged:
            raise Refused(f"The archive {name} {damaged}.", field="location") from None
        top = f"{aside}/{lifted}" if lifted else aside
        for each in self._host.list(top):
            if each in (ASIDE, HOME):
                raise Refused(f"The archive {name} holds «{each}», which no code may.", field="location")
            self._host.rename(f"{top}/{each}", f"{into}/{each}")
        self._host.remove_tree(aside)
        if terms.user and self._host.is_root:
            # Whoever unpacked it is not whom programs run as, and they may have to change it.
            self._host.run(["chown", "-Rh", terms.user, "--", into], timeout=600)
        say(f"{seen.files:,} files unpacked.")
        return lifted

    def _put(self, file: Path, aside: str, terms: Terms, ends: float) -> _Seen:
        guard, seen = Guard(frozenset()), _Seen(terms)
        with (
            explaining("unpack into", aside),
            opened(aside, os.O_RDONLY | os.O_DIRECTORY) as root,
            closing(Unpacking(root)) as unpacking,
            _members(file, min(terms.bytes, self._host.free_bytes(aside))) as members,
        ):
            for member in members:
                parts = guard.admit(member)
                if not parts or parts[0] in IGNORED:
                    continue
                seen.see(member, parts)
                unpacking.put(member, parts, members)
                if time.monotonic() > ends:
                    raise Broken("Unpacking took longer than a build may and was broken off.")
        return seen


@dataclass
class _Seen:
    """What the members were so far."""

    terms: Terms
    files: int = 0
    tops: set[str] = field(default_factory=set)
    loose: bool = False
    """Whether something lies beside the folders at the top."""
    highest: Member | None = None
    """A link that leads to what lies at the top: out of the code, if that is one folder."""

    def see(self, member: Member, parts: tuple[str, ...]) -> None:
        self.files += member.kind != "directory"
        if self.files > self.terms.files:
            raise Damaged(f"holds more than {self.terms.files:,} files")
        self.tops.add(parts[0])
        self.loose = self.loose or (len(parts) == 1 and member.kind != "directory")
        if member.kind == "link" and leads_out(member.target, len(parts) - 1):
            self.highest = member

    def lifted(self) -> str:
        """The one folder that everything lies in; "" where there is none."""
        if not self.tops:
            raise Damaged("is empty")
        if self.loose or len(self.tops) > 1:
            return ""
        if self.highest is not None:
            raise Hostile(self.highest, "a link that leads out of its directory")
        return next(iter(self.tops))


@contextmanager
def _members(file: Path, room: int) -> Iterator[Members | ZipMembers]:
    """The members, which may unpack to ``room`` bytes."""
    with file.open("rb") as content:
        most = min(limit(os.fstat(content.fileno()).st_size), room)
        start = content.read(len(START))
        content.seek(0)
        if start == START:
            yield ZipMembers(content, most)
            return
        with unpacked(content) as stream:
            yield Members(stream, most)
