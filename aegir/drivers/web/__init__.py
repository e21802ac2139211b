"""Web servers: the contract that ``nginx`` and ``apache`` keep."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, Protocol

from aegir.drivers.host import Host
from aegir.errors import Refused


@dataclass(frozen=True)
class WebService:
    """One web server's configuration on one host."""

    driver: str
    binary: str
    config: str
    """The main configuration file, given to every call of the binary."""
    directory: str
    """Holds ``pre.d``, ``vhost.d``, ``platform.d`` and ``post.d``; the outer two are the operator's."""
    run_directory: str
    """For the pid file and the socket that tells which configuration is live."""
    log_directory: str
    user: str
    """Whom the workers run as."""
    group: str
    port: int = 80


@dataclass(frozen=True)
class PlatformConfig:
    """What every vhost of one platform includes."""

    name: str
    """File name: letters, digits, ``-`` and ``_``."""
    root: str
    """The document root, absolute."""
    php_socket: str
    """The pool's unix socket."""


VhostState = Literal["enabled", "disabled", "maintenance"]
"""The last two answer visitors with a page of status 503; whoever knows the vhost's ``key`` gets through."""


@dataclass(frozen=True)
class Vhost:
    """One site as the web server knows it."""

    domain: str
    """Punycode, lower case."""
    aliases: tuple[str, ...]
    """Further names that serve the site; may begin with ``*.``, which stands for one or more labels."""
    platform: str
    """Name of the PlatformConfig to include."""
    root: str
    site_directory: str
    """Below the root, as ``sites/example.org``."""
    port: int
    """The port that visitors see in addresses."""
    state: VhostState = "enabled"
    redirects: tuple[str, ...] = ()
    """Further names that answer 301 to the same path under ``canonical``; may begin with ``*.`` too."""
    canonical: str = ""
    """A name that serves the site; "" means ``domain``, which itself may be in ``redirects``."""
    key: str = field(default="", repr=False)
    """What a request sends as header ``Aegir-Probe`` to see a site that is closed; "" for nobody."""
    secrets: dict[str, str] = field(default_factory=dict, repr=False)
    """What PHP gets with each request, by name; never journalled."""

    @property
    def served(self) -> tuple[str, ...]:
        """The names under which the site itself is shown."""
        return tuple(name for name in (self.domain, *self.aliases) if name not in self.redirects)

    @property
    def shown(self) -> str:
        """The name that redirects lead to; Refused when that would lead to itself."""
        shown = self.canonical or self.domain
        if shown in self.redirects:
            raise Refused(f"{shown} cannot redirect to itself: let another name of {self.domain} be shown.")
        return shown


@dataclass(frozen=True)
class Answer:
    """What a page of a site answered."""

    status: int
    """0 when no site of that name answers."""
    location: str = ""
    """Where a redirect leads."""
    body: str = ""
    """At most the first MiB."""


class WebDriver(Protocol):
    def __init__(self, host: Host, service: WebService) -> None: ...

    def vhost_path(self, domain: str) -> str: ...

    def platform_path(self, name: str) -> str: ...

    def render_server(self) -> dict[str, str]:
        """Path → text of the server-wide files.

        A host that no vhost names gets no page of anybody: nginx hangs up, Apache answers 421 without a word.
        """

    def render_platform(self, platform: PlatformConfig) -> str: ...

    def render_vhost(self, vhost: Vhost) -> str: ...

    def command(self) -> list[str]:
        """What a supervisor starts; it stays in the foreground."""

    def prepare(self) -> None:
        """Make everything ready for a start: folders, server-wide files, what a crash left behind.

        To be called before each start. The directories that the service names must exist.
        """

    def test(self) -> None:
        """Raises Broken with the server's own sentence when it does not accept its configuration."""

    def apply(self, changes: dict[str, str | None]) -> None:
        """Write (or with None remove) the files, test, and reload, in one critical section of the host.

        A failing test puts the old texts back before Broken is raised. Returns when the new configuration
        answers. Calls that wait together share one reload. Nothing to change means no reload.
        """

    def fetch(self, domain: str, path: str = "/", *, key: str = "") -> Answer:
        """What this host's own server answers for that domain; with the vhost's ``key`` also while the site
        is closed to visitors. Redirects are not followed."""

    def probe(self, domain: str, path: str = "/", *, key: str = "") -> int:
        """The status of ``fetch``."""

    def version(self) -> str: ...
