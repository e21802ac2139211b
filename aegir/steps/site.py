"""A site as steps know it, in plain values and ids of secrets; and the files that are its own."""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from typing import cast

from aegir import drivers
from aegir.drivers.app import AppDriver, SitePlace, SiteSecrets
from aegir.drivers.database import Database, DatabaseDriver, DatabaseServer
from aegir.engine.step import Json, Step
from aegir.errors import Broken
from aegir.steps.files import Directory, OwnedFile
from aegir.steps.world import World


def drupal(world: World, host: str) -> AppDriver:
    return cast(AppDriver, drivers.load("app", "drupal")(world.host(host), world.bridge))


@dataclass(frozen=True)
class DatabaseRef:
    """One site's database, on which server, and the ids of the two passwords."""

    host: str
    """The host whose hands the driver uses."""
    server: DatabaseServer
    administrator: int | None
    """Secret of ``server.user``."""
    database: Database
    password: int
    """Secret of ``database.user``."""
    start: tuple[str, ...] = ()
    """Command that starts the server when it runs only on demand."""

    def driver(self, world: World) -> DatabaseDriver:
        return database_driver(world, self.host, self.server, self.administrator)

    def connection(self, world: World) -> dict[str, str]:
        return self.driver(world).connection(self.database, world.reveal(self.password))


def database_driver(
    world: World, host: str, server: DatabaseServer, administrator: int | None
) -> DatabaseDriver:
    """The driver of a database server, holding its administrator's password."""
    driver = drivers.load("database", server.driver)
    return cast(DatabaseDriver, driver(world.host(host), server, world.reveal(administrator)))


@dataclass(frozen=True)
class SiteRef:
    """One site, wherever a step meets it."""

    host: str
    domain: str
    names: tuple[str, ...]
    """Every name under which it is served, the main one first; may begin with ``*.``."""
    place: SitePlace
    major: int
    """Of Drupal."""
    cloaked: bool
    operator: str | None
    """Owner of code and settings; None where this process may not choose."""
    web_group: str | None
    salt: int
    """Secret: the site's hash salt."""
    database: DatabaseRef
    redirects: tuple[str, ...] = ()
    """Further names, which lead to ``canonical``; may hold the domain itself."""
    canonical: str = ""
    """One of ``names``; "" for the domain."""
    mail: bool = True
    """Whether Drupal may send mail."""
    drush: str = ""
    """The folder of Drush's aliases; "" for none."""

    @property
    def handed(self) -> str:
        """The file that lets a person's own Drush in; "" where settings.php says all itself."""
        return f"{self.drush}/secrets/{self.domain}.php" if self.drush and self.cloaked else ""

    @property
    def path(self) -> str:
        return f"{self.place.root}/{self.place.directory}"

    @property
    def web_user(self) -> str | None:
        return self.place.user if self.operator is not None else None

    def app(self, world: World) -> AppDriver:
        return drupal(world, self.host)

    def secrets(self, world: World) -> SiteSecrets:
        return SiteSecrets(database=self.database.connection(world), hash_salt=world.reveal(self.salt))

    def probe_key(self, world: World) -> str:
        """What gets a request through to this site while it is closed. Made from the salt, so that every
        step knows it and nothing has to keep it."""
        digest = hmac.new(world.reveal(self.salt).encode(), b"aegir probe", "sha256").hexdigest()
        world.log.mask(digest)
        return digest

    def directories(self) -> tuple[Directory, ...]:
        """The site's own directories. PHP may write only ``files`` and the leaves of ``private``: whatever
        root makes or mends lies in a directory that the web user cannot write."""
        ours = (self.operator, self.operator)
        shown = (self.operator, self.web_group)
        written = (self.web_user, self.web_group)
        plan = [
            ("", 0o755, ours),
            ("/modules", 0o2775, ours),
            ("/themes", 0o2775, ours),
            ("/libraries", 0o2775, ours),
            ("/files", 0o2770, written),
            ("/private", 0o750, shown),
            ("/private/files", 0o2770, written),
            ("/private/temp", 0o2770, written),
            ("/private/config", 0o750, shown),
            ("/private/config/sync", 0o2770, written),
        ]
        return tuple(Directory(self.path + below, mode, *who) for below, mode, who in plan)


def login_purpose(domain: str) -> str:
    """What the secret that is a site's one-time login link says of itself."""
    return f"login link of {domain}"


@dataclass(frozen=True)
class WriteSettings(OwnedFile):
    """``settings.php``: no secret in it when the site is cloaked."""

    site: SiteRef

    title = "Write the settings"

    def target(self) -> str:
        return f"{self.site.path}/settings.php"

    def text(self, world: World) -> str:
        plain = None if self.site.cloaked else self.site.secrets(world)
        return self.site.app(world).settings(
            self.site.place,
            self.site.major,
            names=(*self.site.names, *self.site.redirects),
            cloaked=plain,
            mail=self.site.mail,
            handed=self.site.handed,
        )

    def attributes(self) -> tuple[int, str | None, str | None]:
        return 0o440, self.site.operator, self.site.web_group


@dataclass(frozen=True)
class WriteSitesPhp(OwnedFile):
    """``sites/sites.php``, without which Drupal 8 and later ignore ``sites/<domain>``.

    It takes the directory from the web server, so it is the same for every platform and never grows.
    """

    root: str
    operator: str | None

    title = "Write the directory of sites"

    def target(self) -> str:
        return f"{self.root}/sites/sites.php"

    def text(self, world: World) -> str:
        return drupal(world, self.host).sites_php()

    def attributes(self) -> tuple[int, str | None, str | None]:
        return 0o644, self.operator, self.operator


@dataclass(frozen=True)
class AdoptSitesPhp(Step):
    """A ``sites.php`` that the codebase came with goes on to be read, under a name that is the operator's."""

    host: str
    root: str
    operator: str | None

    title = "Keep the codebase's own directory of sites"

    def look(self, world: World) -> Json:
        host = world.host(self.host)
        content = host.read(f"{self.root}/sites/sites.php")
        ours = drupal(world, self.host).sites_php().splitlines()[:4]
        return {"foreign": content is not None and content.decode(errors="replace").splitlines()[:4] != ours}

    def done(self, seen: Json) -> bool:
        return isinstance(seen, dict) and not seen["foreign"]

    def do(self, world: World) -> Json:
        host = world.host(self.host)
        if host.stat(self._kept) is not None:
            raise Broken(
                f"Both {self.root}/sites/sites.php and {self._kept} are yours: join them in the latter."
            )
        host.rename(f"{self.root}/sites/sites.php", self._kept)
        return None

    def undo(self, world: World, before: Json) -> None:
        host = world.host(self.host)
        if host.stat(self._kept) is not None and host.stat(f"{self.root}/sites/sites.php") is None:
            host.rename(self._kept, f"{self.root}/sites/sites.php")

    @property
    def _kept(self) -> str:
        return f"{self.root}/sites/local.sites.php"
