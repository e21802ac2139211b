"""Databases and their users."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from aegir.drivers.database import DatabaseServer
from aegir.engine.step import Check, Json, Step
from aegir.errors import Broken, Unreachable
from aegir.steps.site import DatabaseRef, database_driver
from aegir.steps.world import World

STARTING = 120.0
"""Seconds: a first start makes the server's own tables."""


@dataclass(frozen=True)
class StartDatabase(Step):
    """Bring up a database server that runs only on demand; it stays up whatever becomes of the task."""

    host: str
    server: DatabaseServer
    administrator: int | None
    start: tuple[str, ...]

    title = "Reach the database server"

    def look(self, world: World) -> Json:
        try:
            return {"version": self._version(world)}
        except Unreachable as away:
            if not self.start:
                raise
            return {"away": str(away)}

    def done(self, seen: Json) -> bool:
        return isinstance(seen, dict) and "version" in seen

    def do(self, world: World) -> Json:
        world.log.line(f"Starting {self.server.driver} for the first time since Aegir came up.")
        world.host(self.host).run(list(self.start), timeout=STARTING)
        return None

    def undo(self, world: World, before: Json) -> None:
        """Another task may use it by now, and a running server changes nothing."""

    def _version(self, world: World) -> str:
        return database_driver(world, self.host, self.server, self.administrator).ping()


@dataclass(frozen=True)
class ProveDatabases(Check):
    """Show that a database and a user can be created, granted, used and dropped."""

    host: str
    servers: tuple[tuple[DatabaseServer, int | None], ...]
    """Each with the secret of its administrator."""

    title = "Prove the database servers"

    def do(self, world: World) -> Json:
        versions: dict[str, Json] = {}
        for server, administrator in self.servers:
            driver = database_driver(world, self.host, server, administrator)
            driver.prove(world.task)
            versions[server.driver] = driver.ping()
            world.log.line(f"{versions[server.driver]} creates, grants and drops.")
        return versions


@dataclass(frozen=True)
class CreateDatabase(Step):
    """A new database and its user, both named after the task."""

    ref: DatabaseRef

    title = "Create the database"

    def look(self, world: World) -> Json:
        return dataclasses.asdict(self.ref.driver(world).presence(self.ref.database))

    def done(self, seen: Json) -> bool:
        return isinstance(seen, dict) and bool(seen["database"] and seen["user"])

    def do(self, world: World) -> Json:
        self.ref.driver(world).create(self.ref.database, world.reveal(self.ref.password))
        return None

    def undo(self, world: World, before: Json) -> None:
        self.ref.driver(world).drop(self.ref.database)

    def summary(self) -> str:
        return f"{self.title}: {self.ref.database.name}"


@dataclass(frozen=True)
class MendDatabase(CreateDatabase):
    """The user and grants of a database that must already be there."""

    title = "Check the database"

    def do(self, world: World) -> Json:
        driver = self.ref.driver(world)
        if not driver.presence(self.ref.database).database:
            raise Broken(f"The database {self.ref.database.name} is gone: restore the site from a backup.")
        driver.create(self.ref.database, world.reveal(self.ref.password))
        return None

    def undo(self, world: World, before: Json) -> None:
        """A user who may reach his database again is as it should be."""


@dataclass(frozen=True)
class DropDatabase(Step):
    """Drop a site's database and user for good. Only after the commit."""

    ref: DatabaseRef

    title = "Drop the database"

    def look(self, world: World) -> Json:
        return dataclasses.asdict(self.ref.driver(world).presence(self.ref.database))

    def done(self, seen: Json) -> bool:
        return isinstance(seen, dict) and not (seen["database"] or seen["user"])

    def do(self, world: World) -> Json:
        self.ref.driver(world).drop(self.ref.database)
        return None

    def undo(self, world: World, before: Json) -> None:
        raise Broken(f"The database {self.ref.database.name} is dropped and cannot be brought back.")

    def summary(self) -> str:
        return f"{self.title}: {self.ref.database.name}"


@dataclass(frozen=True)
class CopyDatabase(Step):
    """Fill a new, empty database with what another on the same server holds."""

    source: DatabaseRef
    target: DatabaseRef

    title = "Copy the database"

    def look(self, world: World) -> Json:
        return {"tables": self.target.driver(world).presence(self.target.database).tables}

    def done(self, seen: Json) -> bool:
        return isinstance(seen, dict) and bool(seen["tables"])

    def do(self, world: World) -> Json:
        password = world.reveal(self.target.password)
        self.target.driver(world).copy(self.source.database, self.target.database, password)
        return None

    def undo(self, world: World, before: Json) -> None:
        """The new database goes with the step that made it."""

    def summary(self) -> str:
        return f"{self.title}: {self.source.database.name} to {self.target.database.name}"


@dataclass(frozen=True)
class FreezeDatabase(Step):
    """Keep a site's user out of its database: from here on the old pair cannot change any more."""

    ref: DatabaseRef

    title = "Freeze the database"

    def look(self, world: World) -> Json:
        return dataclasses.asdict(self.ref.driver(world).presence(self.ref.database))

    def done(self, seen: Json) -> bool:
        return isinstance(seen, dict) and (bool(seen["frozen"]) or not seen["user"])

    def do(self, world: World) -> Json:
        self.ref.driver(world).freeze(self.ref.database)
        return None

    def undo(self, world: World, before: Json) -> None:
        self.ref.driver(world).thaw(self.ref.database)

    def summary(self) -> str:
        return f"{self.title}: {self.ref.database.name}"


@dataclass(frozen=True)
class ThawDatabase(Step):
    """Let a site's user into its database again."""

    ref: DatabaseRef

    title = "Open the frozen database"

    def look(self, world: World) -> Json:
        return {"frozen": self.ref.driver(world).presence(self.ref.database).frozen}

    def done(self, seen: Json) -> bool:
        return isinstance(seen, dict) and not seen["frozen"]

    def do(self, world: World) -> Json:
        self.ref.driver(world).thaw(self.ref.database)
        return None

    def undo(self, world: World, before: Json) -> None:
        self.ref.driver(world).freeze(self.ref.database)

    def summary(self) -> str:
        return f"{self.title}: {self.ref.database.name}"
