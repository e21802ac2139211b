"""Archives that a makefile names: which files are some, and taking out of them what is meant."""

from __future__ import annotations

import os
import posixpath
from pathlib import Path

from aegir.drivers.archive.compression import unpacked
from aegir.drivers.archive.members import BLOCK, Damaged
from aegir.drivers.source import Say, archive
from aegir.drivers.source.make_work import Work
from aegir.drivers.source.zip import START
from aegir.errors import Refused

_SUM = slice(148, 156)
"""Where a tar's header holds its own sum."""


def is_archive(path: Path) -> bool:
    """Whether it is a zip or a tar, however compressed; a damaged one is one too."""
    with path.open("rb") as file:
        if file.read(len(START)) == START:
            return True
        file.seek(0)
        try:
            with unpacked(file) as content:
                return _is_header(content.read(BLOCK))
        except Damaged:
            return True


def unpack(work: Work, path: Path, code: str, name: str, say: Say, *, subtree: str = "") -> None:
    """Unpack it into an empty directory of the builder's, without the one folder that all lies in; or, with
    ``subtree``, only what lies at that path of the archive."""
    lifted = archive.Driver(work.host).unpack(path, name, code, work.terms, say, work.ends)
    parts = subtree.split("/") if subtree else []
    if parts and parts[0] == lifted:
        parts = parts[1:]
    if not parts:
        return
    inner = posixpath.join(code, *parts)
    if os.path.realpath(inner) != os.path.join(os.path.realpath(code), *parts) or not os.path.isdir(inner):
        raise Refused(f"there is no directory «{subtree}» in {name}.")
    work.run(["mv", "-T", "--", code, f"{code}.all"])
    work.run(["mv", "-T", "--", posixpath.join(f"{code}.all", *parts), code])


def _is_header(block: bytes) -> bool:
    if len(block) < BLOCK:
        return False
    blank = block[: _SUM.start] + b" " * 8 + block[_SUM.stop :]
    try:
        return int(block[_SUM].strip(b" \0"), 8) == sum(blank)
    except ValueError:
        return False
