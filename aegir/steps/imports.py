"""Sites that lie on a platform and that Aegir does not know yet: found, and read without being touched."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Any

from aegir.drivers.app import SettingsTold, SitePlace
from aegir.drivers.database import Database, DatabaseServer
from aegir.drivers.database.identifiers import checked
from aegir.engine.step import Check, Json, Level
from aegir.errors import Broken
from aegir.steps.site import DatabaseRef, drupal
from aegir.steps.world import World

DEFAULT = "default"
HERE = ("localhost", "127.0.0.1", "::1")
DEFAULT_SOCKETS = ("/run/mysqld/mysqld.sock", "/var/run/mysqld/mysqld.sock")
"""Where PHP looks for a server that is merely called localhost."""


@dataclass(frozen=True)
class Offer:
    """A database server on which a found site may have its database."""

    service: int
    server: DatabaseServer
    used: tuple[str, ...]
    """Databases and users of the sites that Aegir knows there."""


@dataclass(frozen=True)
class FindSites(Check):
    """Read the settings of unknown sites; what cannot be taken in is named, with the reason."""

    host: str
    root: str
    php: str
    user: str
    domains: tuple[str, ...]
    """Directories below ``sites`` that are called as a site may be."""
    strays: tuple[str, ...]
    """Those that hold settings and are not."""
    offers: tuple[Offer, ...]

    title = "Find sites"

    def do(self, world: World) -> Json:
        for name in self.strays:
            told = self._told(world, name)
            if told is not None and told.database:
                reason = "its name is no domain: rename it to the site's, and verify the platform again"
                self._warn(world, name, reason)
        found: list[Json] = []
        used: set[str] = set()
        for name in self.domains:
            told = self._told(world, name)
            if told is None:
                continue
            try:
                offer = self._offer(told, used)
            except Broken as reason:
                self._warn(world, name, str(reason))
                continue
            used |= {told.database["database"], told.database["username"]}
            found.append(self._sealed(world, name, told, offer))
        return found

    def _told(self, world: World, name: str) -> SettingsTold | None:
        place = SitePlace(self.root, f"sites/{name}", f"http://{name}", self.php, self.user)
        try:
            return drupal(world, self.host).read_settings(place)
        except Broken as reason:
            self._warn(world, name, str(reason))
            return None

    def _offer(self, told: SettingsTold, used: set[str]) -> Offer:
        """The server that has the site's database; Broken with what keeps the site from being taken in."""
        database = told.database
        if not database.get("database"):
            raise Broken("its settings name no database")
        if told.prefixed:
            raise Broken("its tables have a prefix: give it a database of its own")
        offer = next((offer for offer in self.offers if serves(offer.server, database)), None)
        if offer is None:
            raise Broken(f"no server that Aegir knows has its {database.get('driver', '')} database")
        if offer.server.driver == "sqlite":
            return offer
        for name in (database["database"], database.get("username", "")):
            if name in used or name in offer.used or name == offer.server.user:
                raise Broken(f"it shares «{name}» with others: give it a database and a user of its own")
            checked(name)
        return offer

    def _sealed(self, world: World, name: str, told: SettingsTold, offer: Offer) -> Json:
        password, salt = told.database.get("password", ""), told.hash_salt or secrets.token_urlsafe(48)
        if told.others:
            text = f"{self._path(name)} names further databases: note them before you verify the site."
            world.log.line(text, Level.WARNING)
        database = told.database["database"]
        if offer.server.driver == "sqlite":
            database = database.split("/")[-2]
        return {
            "domain": name,
            "names": list(told.names),
            "service": offer.service,
            "database": database,
            "user": told.database.get("username") or database,
            "password": self._seal(world, password, f"database password of {name}"),
            "salt": self._seal(world, salt, f"hash salt of {name}"),
        }

    @staticmethod
    def _seal(world: World, value: str, purpose: str) -> int:
        world.log.mask(value)
        return world.seal(value, f"{purpose[:70]}{read_by(world.task)}")

    def _warn(self, world: World, name: str, reason: str) -> None:
        # Codebases often bring a default site that nobody uses.
        level = Level.NOTICE if name == DEFAULT else Level.WARNING
        world.log.line(f"{self._path(name)} is not taken in: {reason.rstrip('.')}.", level)

    def _path(self, name: str) -> str:
        return f"{self.root}/sites/{name}"


@dataclass(frozen=True)
class MeetDatabase(Check):
    """Make sure that the database which a site's own settings name is one that Aegir can look after."""

    ref: DatabaseRef

    title = "Find the database"

    def do(self, world: World) -> Json:
        database: Database = self.ref.database
        seen = self.ref.driver(world).presence(database)
        if not (seen.database and seen.user):
            raise Broken(
                f"Aegir cannot see the database {database.name} of {database.user}: see its settings."
            )
        return {"tables": seen.tables}


def read_by(task: int) -> str:
    """How the purpose of a secret ends that a task has read from settings."""
    return f", read by task {task}"


def serves(server: DatabaseServer, told: dict[str, Any]) -> bool:
    """Whether the database that a site's settings name is on that server."""
    if told.get("driver") != server.driver:
        return False
    if server.driver == "sqlite":
        parts = str(told["database"]).rsplit("/", 2)
        return len(parts) == 3 and parts[0] == server.root and parts[2] == "site.sqlite"
    host, port, socket = told.get("host") or HERE[0], str(told.get("port") or 3306), told.get("unix_socket")
    if socket or (host == HERE[0] and not server.host):
        return server.socket == socket if socket else server.socket in DEFAULT_SOCKETS
    local = host in HERE and (server.host or HERE[0]) in HERE
    return (local or host == server.host) and port == str(server.port)
