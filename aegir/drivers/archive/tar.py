"""tar with zstd or gzip, which the programs of these names can unpack without Aegir."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any, BinaryIO

from aegir.drivers.archive import MANIFEST, Compression, Contents, Written
from aegir.drivers.archive.compression import unpacked
from aegir.drivers.archive.guard import Guard, check_restorable, limit
from aegir.drivers.archive.looking import Looking
from aegir.drivers.archive.members import PIECE, Damaged, Members
from aegir.drivers.archive.unpacking import Unpacking
from aegir.drivers.archive.writing import Writer, written_whole
from aegir.drivers.host import Host
from aegir.drivers.host.paths import explaining, opened, printable, refusal
from aegir.drivers.host.patterns import excluder
from aegir.drivers.host.streaming import Source
from aegir.errors import Broken, Refused

CHANGED = 1
"""The code with which tar ends when a file changed or went away while it was read: sites stay online."""
TIMEOUT = 6 * 3600.0
WILD = frozenset("*?")


class Driver:
    """See ``ArchiveDriver`` for what each method promises."""

    def __init__(self, host: Host) -> None:
        self._host = host

    def write(
        self,
        path: str,
        *,
        manifest: Mapping[str, Any],
        texts: Mapping[str, bytes],
        tree: str,
        exclude: tuple[str, ...],
        database: tuple[str, AbstractContextManager[BinaryIO]],
        compression: Compression = "zst",
    ) -> Written:
        name, dumping = database
        ours = [f"/{member}" for member in (MANIFEST, name, *texts)]
        with written_whole(path) as file:
            writer = Writer(file, compression, manifest)
            writer.manifest_and_texts(texts, name)
            with dumping as dump:
                writer.database(name, dump)
            command = _command(tree, [*ours, *exclude])
            with self._host.reading(command, timeout=TIMEOUT, codes=(0, CHANGED)) as stream:
                writer.tree(Members(stream), excluder([*ours, *exclude]))
            # To tar, a directory that was removed after it was entered just looks empty.
            if self._host.stat(tree) is None:
                raise refusal("read", tree, errno.ENOENT)
            writer.finish()
            digest = _digest(file)
            size = file.tell()
            _check(path, size, writer)
        return Written(size, digest, writer.unpacked, tuple(writer.left_out))

    def inspect(self, path: str) -> Contents:
        looking, guard = Looking(), Guard()
        with _members(path) as members:
            for member in members:
                looking.see(member, guard.admit(member), members)
            return looking.contents(members.read)

    def extract(self, path: str, directory: str, *, skip: tuple[str, ...] = ()) -> None:
        guard = Guard()
        with (
            explaining("unpack into", directory),
            opened(directory, os.O_RDONLY | os.O_DIRECTORY) as root,
            closing(Unpacking(root)) as unpacking,
            _members(path, room=self._host.free_bytes(directory)) as members,
        ):
            for member in members:
                parts = guard.admit(member)
                if not parts or parts[0] in skip:
                    continue
                with explaining(f"unpack {printable(path)} into", f"{directory}/{member.name}"):
                    unpacking.put(member, parts, members)

    @contextmanager
    def database(self, path: str, member: str) -> Iterator[BinaryIO]:
        guard = Guard()
        with _members(path) as members:
            for found in members:
                if guard.admit(found) == (member,):
                    yield io.BufferedReader(Source(_taking(members)), PIECE)
                    return
            raise Damaged(f"holds no «{member}»")

    def digest(self, path: str) -> str:
        with _opened(path) as file:
            return _digest(file)


def _command(tree: str, patterns: Sequence[str]) -> list[str]:
    """tar of a directory. It leaves out what it understands as ``excluder`` does; the rest is done here."""
    plain = [
        pattern for pattern in patterns if pattern[0] == "/" and pattern[-1] != "/" and not WILD & {*pattern}
    ]
    options = ["--format=gnu", "--hard-dereference", "--anchored", "--no-wildcards"]
    excluding = [f"--exclude=.{pattern}" for pattern in plain]
    return ["tar", "--create", *options, *excluding, f"--directory={tree}", "."]


def _check(path: str, size: int, writer: Writer) -> None:
    try:
        check_restorable(size, writer.unpacked, writer.members)
    except Damaged as damaged:
        raise Broken(f"The archive {printable(path)} {damaged}.") from None


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    with (
        explaining("read", path),
        opened(path, os.O_RDONLY | os.O_NONBLOCK) as descriptor,
        os.fdopen(descriptor, "rb", closefd=False) as file,
    ):
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise Broken(f"Could not read {printable(path)}: it is not a file.")
        yield file


@contextmanager
def _members(path: str, room: int | None = None) -> Iterator[Members]:
    """The members of the archive at ``path``, which may unpack to ``room`` bytes; what is wrong, Refused."""
    try:
        with _opened(path) as file:
            most = limit(os.fstat(file.fileno()).st_size)
            with unpacked(file) as stream:
                yield Members(stream, most if room is None else min(most, room))
    except Damaged as damaged:
        raise Refused(f"The archive {printable(path)} {damaged}.") from None


def _taking(members: Members) -> Callable[[memoryview], int]:
    """The present member's content for a ``Source``."""
    pieces, rest = members.pieces(), memoryview(b"")

    def take(buffer: memoryview) -> int:
        nonlocal rest
        rest = rest or memoryview(next(pieces, b""))
        size = min(len(buffer), len(rest))
        buffer[:size], rest = rest[:size], rest[size:]
        return size

    return take


def _digest(file: BinaryIO) -> str:
    """sha256 of a whole file, which is left at its end."""
    file.seek(0)
    digest = hashlib.sha256()
    while piece := file.read(PIECE):
        digest.update(piece)
    return digest.hexdigest()
