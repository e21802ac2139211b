"""PHP as a service: pools of workers that web servers hand requests to. One driver: ``fpm``."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

from aegir.drivers.host import Host


@dataclass(frozen=True)
class PhpService:
    """One PHP version's process manager on one host."""

    version: str
    """As ``8.2``."""
    cli: str
    """The command-line binary of that version, absolute."""
    fpm: str
    """The FPM binary, absolute."""
    config: str
    """The main configuration file."""
    pool_directory: str
    """Where ``<pool>.conf`` files lie."""
    socket_directory: str
    pid_file: str
    user: str
    """Whom PHP runs as: the web user."""
    group: str
    socket_group: str = ""
    """Whose group may connect; the web server's."""
    log_directory: str = ""
    """For the error log and each pool's log of slow requests; empty: beside the pid file."""


@dataclass(frozen=True)
class Pool:
    """One group of PHP workers."""

    name: str
    """File name and socket name: letters, digits, ``-``, ``_`` and ``.``."""
    root: str
    """The codebase that its PHP runs from, for people reading the file."""
    max_children: int = 10
    settings: dict[str, str] = field(default_factory=dict)
    """Extra ``php_admin_value`` entries."""


class PhpDriver(Protocol):
    def __init__(self, host: Host, service: PhpService) -> None: ...

    def socket(self, pool: str) -> str:
        """The unix socket of that pool."""

    def path(self, pool: str) -> str:
        """The configuration file of that pool."""

    def render(self, pool: Pool) -> str:
        """The text of the pool's configuration file."""

    def command(self) -> list[str]:
        """What a supervisor starts; it stays in the foreground."""

    def prepare(self) -> None:
        """Make everything ready for a start: folders, server-wide files, what a crash left behind.

        To be called before each start. The directories that the service names must exist.
        """

    def apply(self, changes: dict[str, str | None]) -> None:
        """Write (or with None remove) the files, test, and reload; on a failing test the old texts are
        back in place before Broken is raised. Nothing to change means no reload."""

    def versions(self) -> list[str]:
        """PHP versions installed on the host, as ``8.2``, oldest first."""

    def extensions(self) -> list[str]:
        """Extensions that this version loads."""


EXTENSIONS = ("dom", "gd", "json", "mbstring", "pdo", "session", "simplexml", "xml")
"""What Drupal 10 and 11 require of PHP beyond the database's own extension."""
