"""Archives of sites: the contract that ``tar`` keeps. They lie on Aegir's own machine.

An archive is a tar whose root is the site's directory, as older Aegirs made it: ``settings.php`` written
out plainly, ``files/`` and the rest, plus ``database.sql`` (or ``database.sqlite``) and ``manifest.json``.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, BinaryIO, Literal, Protocol

from aegir.drivers.host import Host

UNFINISHED = ".part"
"""What the name of an archive that is being written ends with."""
Compression = Literal["zst", "gz"]
MANIFEST = "manifest.json"
LEFT_OUT = 20
DATABASES = ("database.sql", "database.sqlite")


@dataclass(frozen=True)
class Written:
    """A finished archive."""

    size: int
    """Bytes of the file."""
    sha256: str
    unpacked: int
    """Bytes of the tar before compression."""
    left_out: tuple[str, ...] = ()
    """What the site's directory has and no archive may hold: pipes, devices, links that lead out of it … The
    first LEFT_OUT of them."""


@dataclass(frozen=True)
class Contents:
    """What a look through an archive found, without unpacking it."""

    manifest: Mapping[str, Any] | None
    """As written; None in archives of older Aegirs."""
    database: str | None
    """Member that holds the database, one of DATABASES; None when there is none."""
    settings: bool
    """Whether it has a settings.php."""
    files: int
    """How many members are no directories."""
    unpacked: int
    """Bytes of the tar before compression."""


class ArchiveDriver(Protocol):
    """``path`` is always absolute, on this machine, in a directory that only Aegir can write."""

    def __init__(self, host: Host) -> None: ...

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
        """Make an archive in one pass, nothing of it held twice on disk.

        ``manifest`` gets the key ``checksums`` added (member → sha256, for the database and ``texts``).
        ``texts`` are members by name; ``tree`` is the site's directory, ``exclude`` patterns of members below
        it (as ``Host.copy_tree`` takes them). ``database`` is the member's name and the dump. Nothing is at
        ``path`` until all of it is written and synced (mode 0600); on failure nothing is left.
        """

    def inspect(self, path: str) -> Contents:
        """Read an archive to its end. Refused when it is truncated, no archive, or hostile: members with
        ``..`` or absolute names, links that lead out, devices, more than it may unpack to; and when a member
        is not what the manifest's ``checksums`` say. Broken when there is nothing at ``path``."""

    def extract(self, path: str, directory: str, *, skip: tuple[str, ...] = ()) -> None:
        """Unpack its files into ``directory``, which exists, is empty and closed to others, with the guards
        of ``inspect``, and refused too when the disk has no room for them. Owners are this process's,
        directories 0755, files 0644 or 0744; on failure what was unpacked so far is left to the caller.
        ``skip`` names members at the root that are left out."""

    def database(self, path: str, member: str) -> AbstractContextManager[BinaryIO]:
        """The dump in it, read as a stream. Refused when there is none."""

    def digest(self, path: str) -> str:
        """sha256 of the file."""
