"""Archives of Aegir itself: its rows, its keys and a manifest, in a tar packed with zstd."""

from __future__ import annotations

import hashlib
import io
import json
import os
import stat
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import zstandard

from aegir.drivers.archive import MANIFEST, Written
from aegir.drivers.archive.compression import unpacked
from aegir.drivers.archive.guard import limit
from aegir.drivers.archive.members import Damaged
from aegir.drivers.archive.writing import written_whole
from aegir.errors import Refused

FORMAT = 1
KEYS = ("secret.key", "django.key")
ROWS = ("rows.sqlite3", "rows.dump")
PIECE = 1 << 20
LARGEST_MANIFEST = 1 << 20


@dataclass(frozen=True)
class Unpacked:
    """What came out of an archive."""

    manifest: dict[str, Any]
    rows: str
    """Which of ROWS it has."""


def write(path: str, *, rows: str, keys: Mapping[str, bytes], manifest: Mapping[str, Any]) -> Written:
    """Make an archive of the copy of the rows at ``rows``; nothing is at ``path`` until all of it is on the
    disk, with mode 0600. The manifest gets ``format`` and ``checksums`` added."""
    sums = {name: hashlib.sha256(content).hexdigest() for name, content in keys.items()}
    sums[Path(rows).name] = digest(rows)
    text = json.dumps({"format": FORMAT, **manifest, "checksums": sums}, indent=2) + "\n"
    with written_whole(path) as file:
        compressor = zstandard.ZstdCompressor(level=6, write_checksum=True)
        with (
            compressor.stream_writer(file, closefd=False) as packed,
            tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as tar,
        ):
            for name, content in {MANIFEST: text.encode(), **keys}.items():
                tar.addfile(_member(name, len(content)), io.BytesIO(content))
            with open(rows, "rb") as copy:
                tar.addfile(_member(Path(rows).name, os.fstat(copy.fileno()).st_size), copy)
            size = tar.offset
    return Written(size=os.stat(path).st_size, sha256=digest(path), unpacked=size)


def unpack(path: str, directory: str) -> Unpacked:
    """Unpack an archive into an empty directory, each file with mode 0600. Refused when it is none of these,
    damaged, or not what its manifest says."""
    sums: dict[str, str] = {}
    with _opened(path) as tar:
        for member in tar:
            if member.name not in (MANIFEST, *KEYS, *ROWS) or not member.isreg() or member.name in sums:
                raise Refused(_none(path))
            content = tar.extractfile(member)
            assert content is not None, "a regular file has content"
            sums[member.name] = _keep(content, os.path.join(directory, member.name))
    manifest = _manifest(path, Path(directory, MANIFEST))
    rows = [name for name in ROWS if name in sums]
    if len(rows) != 1 or not all(name in sums for name in KEYS):
        raise Refused(_none(path))
    del sums[MANIFEST]
    if manifest.get("checksums") != sums:
        raise Refused(f"{path} is damaged: what is in it is not what its manifest says. Take another one.")
    return Unpacked(manifest, rows[0])


def digest(path: str) -> str:
    """sha256 of a file."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def _opened(path: str) -> Iterator[_Limited]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise Refused(f"The archive {path} cannot be read: {error.strerror}.") from None
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Refused(_none(path))
        try:
            with unpacked(file) as content, tarfile.open(fileobj=content, mode="r|") as tar:
                most = limit(os.fstat(descriptor).st_size)
                yield _Limited(tar, most, path)
        except Damaged as damage:
            raise Refused(f"The archive {path} {damage}. Take another one.") from None
        except tarfile.TarError:
            raise Refused(_none(path)) from None


class _Limited:
    """A tar that is not read past what an archive of that size may hold."""

    def __init__(self, tar: tarfile.TarFile, most: int, path: str) -> None:
        self._tar, self._most, self._path = tar, most, path
        self.extractfile = tar.extractfile

    def __iter__(self) -> Iterator[tarfile.TarInfo]:
        total = 0
        for member in self._tar:
            total += member.size
            if total > self._most:
                raise Refused(
                    f"{self._path} holds more than {self._most:,} bytes, more than may be unpacked."
                )
            yield member


def _keep(content: Any, path: str) -> str:
    """Write a member to its file; its sha256."""
    hashed = hashlib.sha256()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while piece := content.read(PIECE):
            hashed.update(piece)
            file.write(piece)
        file.flush()
        os.fsync(descriptor)
    return hashed.hexdigest()


def _manifest(archive: str, path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_MANIFEST:
            raise ValueError
        said = json.loads(path.read_bytes())
    except (OSError, ValueError):
        raise Refused(_none(archive)) from None
    if not isinstance(said, dict) or said.get("kind") != "panel":
        raise Refused(_none(archive))
    if said.get("format") != FORMAT:
        raise Refused(f"{archive} was made by a newer Aegir: restore it with that one.")
    return said


def _member(name: str, size: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    return member


def _none(path: str) -> str:
    return f"{path} is no archive of Aegir itself: give one that «aegir panel backup» made."
