"""Code from a Drush makefile, with all that it names and all that is named in that."""

from __future__ import annotations

import hashlib
import posixpath
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from aegir.drivers.host import Host
from aegir.drivers.source import Built, Json, Say, Source, Terms, addresses, download
from aegir.drivers.source.make_read import Reading
from aegir.drivers.source.make_work import Work
from aegir.drivers.source.makefile import Origin
from aegir.drivers.source.makefile_check import Closed, check
from aegir.drivers.source.makefile_includes import LARGEST, gather
from aegir.drivers.source.makefile_values import makefile_of
from aegir.drivers.source.making import Making
from aegir.drivers.source.programs import at_home
from aegir.errors import Refused


class Driver:
    """See ``SourceDriver`` for what each method promises."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def check(self, source: Source) -> None:
        download.parsed_checksum(source.checksum)
        if source.reference:
            raise Refused("A makefile has no branches or tags: leave the reference out.", field="reference")
        path = addresses.path_of(source.location)
        if path is None:
            return
        if not path.startswith("/"):
            raise Refused("Give the makefile's whole path, from /, or its address.", field="location")
        # Whoever builds it may be allowed to read what whoever asks for it may not.
        with suppress(Closed):
            check(path)

    def build(self, source: Source, into: str, terms: Terms, say: Say) -> Built:
        ends = time.monotonic() + terms.seconds
        with at_home(self._host, into, terms):
            work = Work(self._host, into, terms, ends)
            content = self._content(source, terms, say, ends)
            origin = _origin(source.location)
            makefile = makefile_of(gather(origin, content, Reading(work, say)), origin)
            making = Making(work, say, makefile)
            making.build(makefile)
        sha256 = hashlib.sha256(content).hexdigest()
        facts: dict[str, Json] = {"sha256": sha256, "lock": making.identity, "projects": making.projects}
        return Built(f"lock {making.identity}", facts)

    def _content(self, source: Source, terms: Terms, say: Say, ends: float) -> bytes:
        small = replace(terms, bytes=min(terms.bytes, LARGEST))
        path: Path = download.fetch(source.location, small, say, checksum=source.checksum, ends=ends)
        return path.read_bytes()


def _origin(location: str) -> Origin:
    path = addresses.path_of(location)
    return Origin(location, "elsewhere") if path is None else Origin(posixpath.normpath(path))
