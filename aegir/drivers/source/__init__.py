"""Where code comes from: the contract of ``composer``, ``git``, ``archive`` and ``make``.

Code is built in an empty directory aside. What a driver fetches itself it fetches as this process; every
program that it starts on foreign code (Composer, git, patch) runs as ``Terms.user``, who can read nothing of
Aegir's. Nothing but the directory and the cache is written.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from aegir.drivers.host import Host

Kind = Literal["composer", "git", "archive", "make"]
KINDS: tuple[Kind, ...] = ("composer", "git", "archive", "make")
Json = bool | int | float | str | list["Json"] | dict[str, "Json"] | None
Say = Callable[[str], None]
"""Takes one line for the task's log."""


@dataclass(frozen=True)
class Source:
    """Where one codebase comes from, as a person said it."""

    kind: Kind
    location: str
    """``composer``: ``vendor/package:version``, or the absolute path of a composer.json or of the directory
    that holds it, or a git address. ``git``: an address or an absolute path. ``archive`` and ``make``: an
    absolute path or an address (file, http, https)."""
    reference: str = ""
    """Branch, tag or commit, where the location is a git repository; "" for what it offers by itself."""
    checksum: str = ""
    """``sha256:`` and 64 hexadecimal digits that the archive or makefile must have; "" to take any."""
    submodules: bool = True
    """Whether a git repository's submodules are fetched too."""
    composer: bool = False
    """Whether ``composer install`` runs in what was fetched (``git`` and ``archive``)."""


@dataclass(frozen=True)
class Access:
    """What opens one host to Aegir: never in a log, on a command line, or in what is built."""

    host: str
    kind: Literal["token", "password", "key"]
    """``token``: a bearer token; ``password``: with ``user``; ``key``: an OpenSSH private key."""
    user: str = ""
    secret: str = field(default="", repr=False)


@dataclass(frozen=True)
class Terms:
    """Under which terms code is built."""

    cache: str
    """A directory of this family's own that outlives builds: downloads by checksum, mirrors of
    repositories, Composer's cache. Whatever lies there may vanish at any time."""
    user: str | None
    """Whom programs run as; None where this process can only be itself."""
    seconds: float = 3600
    """After which the build is broken off."""
    bytes: int = 4 << 30
    """How much the code may hold, and any one download."""
    files: int = 500_000
    plugins: tuple[str, ...] = ()
    """Composer plugins that may run, by package name; a pattern may end in ``*``."""
    scripts: bool = False
    """Whether scripts of a composer.json may run."""
    repositories: tuple[str, ...] = ()
    """Where Composer looks for packages before Packagist: addresses of Composer repositories (file, http or
    https), and absolute paths of folders that hold packages as archives."""
    releases: str = "https://updates.drupal.org/release-history"
    """Below which Drupal's release service answers: ``<base>/<project>/<api>``."""
    downloads: str = "https://ftp.drupal.org/files/projects"
    """Below which a release's archive lies when the release service names none."""
    build: str = ""
    """Whose things in the cache are that are not whole yet: so those of a build that was killed are told
    from those of one that goes on."""
    private: bool = False
    """Whether addresses in private networks may be fetched from."""
    accesses: tuple[Access, ...] = ()


@dataclass(frozen=True)
class Built:
    """What was built."""

    identity: str
    """What exactly it was, for people: ``commit 1a2b…``, ``sha256 9f…``, ``lock 77…``."""
    facts: Mapping[str, Json] = field(default_factory=dict)
    """What is worth knowing later: ``commit``, ``sha256``, ``projects`` (name → version), ``advisories`` (as
    ``composer audit`` reports them)."""


class SourceDriver(Protocol):
    def __init__(self, host: Host) -> None: ...

    def check(self, source: Source) -> None:
        """Refused, naming the field, for what cannot be right whatever the world holds: no network, no
        reading beyond what is named by a path."""

    def build(self, source: Source, into: str, terms: Terms, say: Say) -> Built:
        """Make the code in ``into``, an empty directory of ``terms.user``'s, and end every program started.

        Refused when what the source holds or names is wrong (with the place: file and line, the reference,
        the hunk), Unreachable when a host is away, Broken when the build fails or goes over a limit; what is
        in ``into`` then is the caller's to remove. May be killed at any moment and begun again elsewhere.
        """
