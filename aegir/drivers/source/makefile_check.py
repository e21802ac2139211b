"""A makefile read and judged where it lies, without a network: nothing is fetched, nothing is made."""

from __future__ import annotations

import os
import stat
from contextlib import suppress

from aegir.drivers.source.makefile import Download, Makefile, Origin, Place, wrong
from aegir.drivers.source.makefile_includes import LARGEST, gather
from aegir.drivers.source.makefile_values import makefile_of
from aegir.errors import Refused


def check(path: str, *, whole: bool = True) -> Makefile:
    """The makefile at an absolute path of this machine. Includes of this machine are read too; others are
    in ``unread``. ``whole``: it must make a platform, and is not only part of another. Raises WrongMakefile,
    Refused when it is no file or may not be read."""
    origin = Origin(os.path.normpath(path))
    return makefile_of(gather(origin, content(origin, None), Here()), origin, top=whole)


class Closed(Refused):
    """This process may not read the makefile; another may."""


class Here:
    """Reads what lies on this machine, with this process's rights."""

    def text(self, origin: Origin, asked: Place | None) -> bytes | None:
        try:
            return None if "://" in origin.address else content(origin, asked)
        except Closed:
            return None

    def inside(self, download: Download, path: str) -> tuple[bytes, Origin] | None:
        return None


def content(origin: Origin, asked: Place | None) -> bytes:
    """What is in a file of this machine, at most one byte more than a makefile may have."""
    try:
        # Without O_NONBLOCK a pipe would hold up whoever opens it.
        descriptor = os.open(origin.address, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except PermissionError:
        sentence = f"The makefile {origin.shown} may not be read here."
        raise Closed(sentence, field="location") from None
    except OSError as error:
        gone = isinstance(error, FileNotFoundError | NotADirectoryError)
        raise _refused(origin, asked, "there is no such file" if gone else str(error.strerror)) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _refused(origin, asked, "it is not a file")
    with os.fdopen(descriptor, "rb") as file, suppress(OSError):
        return file.read(LARGEST + 1)
    raise _refused(origin, asked, "it cannot be read")


def _refused(origin: Origin, asked: Place | None, why: str) -> Refused:
    sentence = f"the makefile {origin.shown} is not there to be read: {why}."
    if asked is None:
        return Refused(f"{sentence[0].upper()}{sentence[1:]}", field="location")
    return wrong(asked, sentence)
