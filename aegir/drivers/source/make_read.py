"""Bringing the text of makefiles that makefiles name, while one is built."""

from __future__ import annotations

import posixpath
from dataclasses import replace

from aegir.drivers.source import Say, download
from aegir.drivers.source.make_fetch import Fetching
from aegir.drivers.source.make_work import Work, at, check_inside, is_file
from aegir.drivers.source.makefile import Download, Library, Origin, Place
from aegir.drivers.source.makefile_check import content
from aegir.drivers.source.makefile_includes import LARGEST
from aegir.errors import Refused


class Reading:
    """Of this machine as far as the builder may read, of others by the guards of every download."""

    def __init__(self, work: Work, say: Say) -> None:
        self._work = work
        self._say = say

    def text(self, origin: Origin, asked: Place | None) -> bytes:
        place = asked or Place(origin, 1)
        with at(place):
            if "://" in origin.address:
                terms = replace(self._work.terms, bytes=min(self._work.terms.bytes, LARGEST))
                path = download.fetch(origin.address, terms, self._say, ends=self._work.ends)
                return path.read_bytes()
            if not self._work.readable(origin.address):
                raise Refused(f"there is no makefile {origin.shown} that the builder may read.")
            check_inside(origin, origin.address)
            return content(origin, place)

    def inside(self, download: Download, path: str) -> tuple[bytes, Origin]:
        """A makefile of a repository, which is fetched for it alone."""
        item = Library(posixpath.basename(path), download.place, download)
        code = Fetching(self._work, patches_txt=False).fetch(None, item, self._say).code
        file = posixpath.normpath(posixpath.join(code, path))
        with at(download.place):
            origin = Origin(file, "tree", code)
            if not file.startswith(f"{code}/") or not is_file(file):
                raise Refused(f"there is no makefile «{path}» in that repository.")
            check_inside(origin, file)
            return content(origin, download.place), origin
