"""Single files that code is made of, brought into the cache whole and unchanged, or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from pathlib import Path
from typing import BinaryIO

from aegir.drivers.network import Limit
from aegir.drivers.source import Say, Terms, addresses, keeping
from aegir.drivers.source.web import answered
from aegir.errors import Broken, Refused, Unreachable

FOLDER = "downloads"
PIECE = 256 * 1024
LENGTHS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}
"""Ways to tell a file, and how many hexadecimal digits each has."""
_HTML = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:<!--.*?-->\s*)?<(?:!doctype\s+html|html)\b", re.I | re.S)


def fetch(address: str, terms: Terms, say: Say, *, checksum: str = "", ends: float) -> Path:
    """The file at an absolute path or a file, http or https address, as a file of the cache that nobody
    changes and only this process may read.

    ``checksum`` is ``sha256:…`` (or sha512, sha1, md5): another file is Refused, and what the cache has of
    it is not fetched again. ``ends`` is when to give up, as ``time.monotonic()`` tells it. Refused also for
    a web page, Unreachable for what broke off, Broken beyond ``terms.bytes``.
    """
    wanted = parsed_checksum(checksum)
    folder = Path(terms.cache) / FOLDER
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if wanted and (there := _kept(folder, *wanted)):
        say(f"{addresses.shown(address)} was fetched before.")
        return there
    say(f"Fetching {addresses.shown(address)} …")
    new = keeping.spare(folder, terms)
    try:
        with new.open("xb") as file:
            os.fchmod(file.fileno(), 0o600)
            sums, size = _copied(address, terms, file, wanted, ends)
            file.flush()
            os.fsync(file.fileno())
        if wanted and sums[wanted[0]] != wanted[1]:
            raise Refused(
                f"{addresses.shown(address)} is not the file that was meant: its checksum is "
                f"{wanted[0]}:{sums[wanted[0]]}, not {wanted[0]}:{wanted[1]}.",
                field="checksum",
            )
        say(f"{size:,} bytes, sha256:{sums['sha256']}.")
        return _keep(new, folder, sums)
    except OSError as error:
        raise Broken(f"{addresses.shown(address)} cannot be kept in {folder}: {error.strerror}.") from error
    finally:
        new.unlink(missing_ok=True)


def parsed_checksum(text: str) -> tuple[str, str] | None:
    """What kind it is and its digits, in lower case; None for "". Refused for anything else."""
    kind, _, digits = text.strip().lower().partition(":")
    if not text.strip():
        return None
    if LENGTHS.get(kind) != len(digits) or not re.fullmatch("[0-9a-f]+", digits):
        raise Refused(
            f"«{text[:80]}» is not a checksum: write sha256: and its 64 hexadecimal digits.", field="checksum"
        )
    return kind, digits


def digest(path: Path, kind: str = "sha256") -> str:
    """The checksum of a file, in hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, kind).hexdigest()


def _kept(folder: Path, kind: str, digits: str) -> Path | None:
    """The file of that checksum, if it is in the cache and still what it was."""
    there = folder / f"{kind}-{digits}"
    try:
        if digest(there, kind) == digits:
            os.utime(there)
            return there
        there.unlink(missing_ok=True)
    except FileNotFoundError:
        return None
    return None


def _keep(new: Path, folder: Path, sums: dict[str, str]) -> Path:
    """Give it the names by which it is found again."""
    there = folder / f"sha256-{sums['sha256']}"
    for kind, digits in sums.items():
        name = folder / f"{kind}-{digits}"
        spare = folder / f"{new.name}-{kind}"
        spare.hardlink_to(new)
        spare.replace(name)
    return there


def _copied(
    address: str, terms: Terms, file: BinaryIO, wanted: tuple[str, str] | None, ends: float
) -> tuple[dict[str, str], int]:
    """Write what is there to the file; its checksums (sha256 and what is wanted) and its size."""
    sums = {kind: hashlib.new(kind) for kind in {"sha256", *(wanted or ())[:1]}}
    size, start = 0, b""
    with _content(address, terms, ends) as read:
        while data := read(PIECE):
            size += len(data)
            if size > terms.bytes:
                raise Broken(f"{addresses.shown(address)} holds more than {terms.bytes:,} bytes.")
            start = start or data
            for each in sums.values():
                each.update(data)
            file.write(data)
    _refuse_page(start, address)
    return {kind: each.hexdigest() for kind, each in sums.items()}, size


def _refuse_page(start: bytes, address: str) -> None:
    if _HTML.match(start):
        raise Refused(
            f"{addresses.shown(address)} is a web page, not a file to build from: give the address of the "
            "file itself.",
            field="location",
        )


@contextmanager
def _content(address: str, terms: Terms, ends: float) -> Iterator[Callable[[int], bytes]]:
    """Something to read it by, to its very end."""
    path = addresses.path_of(address)
    if path is not None:
        with _opened(path) as file:
            yield file.read
        return
    left = ends - time.monotonic()
    if left <= 0:
        raise Broken(f"There was no time left to fetch {addresses.shown(address)}.")
    with Limit(left) as limit, answered(address, terms, limit) as response:
        if (response.length or 0) > terms.bytes:
            raise Broken(
                f"{addresses.shown(address)} holds {response.length:,} bytes, more than {terms.bytes:,}."
            )
        yield lambda size: _read(response, size, limit, address)


def _read(response: HTTPResponse, size: int, limit: Limit, address: str) -> bytes:
    data = response.read(size)
    if limit.cut:  # what was cut off reads like the end of an answer
        raise TimeoutError
    if not data and response.length:
        raise Unreachable(
            f"{addresses.shown(address)} broke off: {response.length:,} of its bytes did not come."
        )
    return data


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    """A file of this machine; without O_NONBLOCK a pipe would hold up whoever opens it."""
    if not path.startswith("/") or "\0" in path:
        raise Refused(
            f"The path «{path[:60]}» is not absolute: give the whole path, from /.", field="location"
        )
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        reason = "there is nothing" if isinstance(error, FileNotFoundError) else error.strerror
        raise Refused(f"{path} cannot be read: {reason}.", field="location") from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise Refused(f"{path} is not a file.", field="location")
    with os.fdopen(descriptor, "rb") as file:
        yield file
