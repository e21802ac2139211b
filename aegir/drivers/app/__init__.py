"""Applications that sites run: one driver, ``drupal``, whose hands inside a site are the bridge."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

from aegir.drivers.host import Host, Listener

PackageKind = Literal["core", "module", "theme", "profile", "theme_engine", "library"]


@dataclass(frozen=True)
class Package:
    """A package as code on disk, or (``enabled`` not None) as one site has it."""

    kind: PackageKind
    name: str
    """Machine name."""
    title: str
    version: str
    """As its info file says; "" where it says nothing."""
    schema: int | None
    """Highest update function in code; None when it has none."""
    path: str
    """Below the docroot."""
    enabled: bool | None = None
    schema_installed: int | None = None
    hidden: bool = False
    removed_before: int | None = None
    """``X_update_last_removed()``: a site whose schema is below this cannot be updated."""


@dataclass(frozen=True)
class Codebase:
    """What a scan found; no Drupal was run."""

    path: str
    docroot: str
    """Below ``path``: "", ``web`` or ``docroot`` …"""
    version: str
    major: int
    """7, 8, 9, 10 or 11."""
    packages: tuple[Package, ...]
    profiles: tuple[str, ...]
    """Machine names of install profiles that may be chosen, the recommended one first."""
    languages: tuple[str, ...]
    """Language codes that an install can choose: ``en``, and others where translations can be had."""
    problems: tuple[str, ...]
    """One sentence a problem, each naming its file: broken info files, PHP syntax errors."""
    fingerprint: str
    """Changes when any code that counts changes."""


@dataclass(frozen=True)
class SitePlace:
    """Where a site lies and how its code is run."""

    root: str
    """The docroot, absolute."""
    directory: str
    """Below the root, as ``sites/example.org``."""
    uri: str
    """As visitors type it, port included where it is not 80."""
    php: str
    """The command-line PHP, absolute."""
    user: str
    """The web user; the bridge runs as him."""


@dataclass(frozen=True)
class SiteSecrets:
    """What cloaking keeps out of settings.php, revealed for one call."""

    database: dict[str, str] = field(repr=False)
    """As ``DatabaseDriver.connection`` gives it."""
    hash_salt: str = field(repr=False)

    def environment(self) -> dict[str, str]:
        """The names under which settings.php looks in ``$_SERVER``."""
        names = {
            "driver": "db_type",
            "database": "db_name",
            "username": "db_user",
            "password": "db_passwd",
            "host": "db_host",
            "port": "db_port",
            "unix_socket": "db_socket",
        }
        found = {names[key]: value for key, value in self.database.items() if key in names}
        return {**found, "hash_salt": self.hash_salt}


@dataclass(frozen=True)
class SettingsTold:
    """What a settings.php that is not ours says. Holds secrets."""

    database: dict[str, str] = field(repr=False)
    """As Drupal has it: driver, database, username, password, host, port, unix_socket; {} for none."""
    prefixed: bool
    """Whether its tables have a prefix."""
    others: bool
    """Whether it names further databases."""
    hash_salt: str = field(repr=False)
    names: tuple[str, ...]
    """Keys of the operator's directory of sites that lead to it."""


Op = dict[str, Any]
"""One thing to do: ``{"op": "status"}`` plus its arguments; ``bridge/README.md`` lists them."""


class AppDriver(Protocol):
    def __init__(self, host: Host) -> None: ...

    def scan(self, path: str, *, php: str, user: str) -> Codebase:
        """Read a codebase. Refused («Does not contain a valid Drupal installation …») when it is none."""

    def run(
        self,
        place: SitePlace,
        secrets: SiteSecrets,
        ops: list[Op],
        *,
        timeout: float = 120.0,
        listener: Listener | None = None,
    ) -> list[dict[str, Any]]:
        """One PHP process that does all ``ops`` in turn; each one's result, in order.

        Broken when any op failed, gave no result, ran past ``timeout`` seconds, or when the site that
        Drupal opened is not ``place.directory``. Its ``detail`` is what the op says of its failure: of
        ``update`` what ran, what failed and was skipped and why, and ``php_warnings``.
        """

    def settings(
        self,
        place: SitePlace,
        major: int,
        *,
        names: tuple[str, ...],
        cloaked: SiteSecrets | None,
        mail: bool = True,
        handed: str = "",
    ) -> str:
        """The text of settings.php, for a site that answers to ``names`` (which may begin with ``*.``). With
        ``cloaked`` None the secrets are read from ``$_SERVER``, or on the command line from the PHP file
        ``handed``, by whoever may read that; otherwise they are written out plainly (backups, sites that
        opted out). Without ``mail`` Drupal collects what it would send."""

    def read_settings(self, place: SitePlace) -> SettingsTold:
        """Run a site's own settings.php as the web user, without Drupal. Broken when it says nothing."""

    def drush(
        self,
        place: SitePlace,
        secrets: SiteSecrets,
        arguments: list[str],
        *,
        timeout: float = 600.0,
        listener: Listener | None = None,
    ) -> None:
        """Run a Drush command with the platform's own Drush, as the web user, on exactly this site. Refused
        where the platform has none; Broken when it ends badly."""

    def has_drush(self, root: str) -> bool:
        """Whether the codebase with that docroot brings a Drush."""

    def sites_php(self) -> str:
        """The text of ``sites/sites.php``, the same for every platform: the web server and the bridge name
        the directory in ``$_SERVER['aegir_site']``, and what the operator wrote in
        ``sites/local.sites.php`` comes first."""

    def locate(self, path: str) -> str | None:
        """The docroot below ``path`` ("" when it is ``path`` itself), None when no Drupal is there."""
