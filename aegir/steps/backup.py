"""Archives of sites: written, and unpacked beside a site."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Literal, cast

from aegir import drivers
from aegir.drivers.archive import ArchiveDriver
from aegir.engine.step import Check, Json, Step
from aegir.errors import Broken
from aegir.steps.site import DatabaseRef, SiteRef
from aegir.steps.trees import PASSING
from aegir.steps.world import World


def archive_driver(world: World, host: str) -> ArchiveDriver:
    return cast(ArchiveDriver, drivers.load("archive", "tar")(world.host(host)))


@dataclass(frozen=True)
class WriteBackup(Step):
    """Write a site, files and database, into one archive while it goes on being served.

    The archive waits under a hidden name until it is recorded; only then it counts as a backup.
    """

    site: SiteRef
    folder: str
    """Where this site's archives lie, absolute."""
    name: str
    manifest: dict[str, Any]
    compression: Literal["zst", "gz"] = "zst"

    title = "Write a backup"

    @property
    def unrecorded(self) -> str:
        return f"{self.folder}/.{self.name}"

    def look(self, world: World) -> Json:
        return world.host(self.site.host).stat(self.unrecorded) is not None

    def done(self, seen: Json) -> bool:
        return seen is True

    def do(self, world: World) -> Json:
        host = world.host(self.site.host)
        host.make_directory(self.folder, mode=0o700)
        driver = self.site.database.driver(world)
        settings = self.site.app(world).settings(
            self.site.place,
            self.site.major,
            names=(*self.site.names, *self.site.redirects),
            cloaked=self.site.secrets(world),
            mail=self.site.mail,
        )
        written = archive_driver(world, self.site.host).write(
            self.unrecorded,
            manifest=self.manifest,
            texts={"settings.php": settings.encode()},
            tree=self.site.path,
            exclude=PASSING,
            database=(driver.dump_name, driver.dump(self.site.database.database)),
            compression=self.compression,
        )
        world.log.line(f"{self.name}: {written.size:,} bytes for {written.unpacked:,}.")
        return {"size": written.size, "sha256": written.sha256, "unpacked": written.unpacked}

    def undo(self, world: World, before: Json) -> None:
        """One that was recorded has its real name by now, and stays whatever becomes of the task."""
        world.host(self.site.host).remove(self.unrecorded)

    def summary(self) -> str:
        return f"{self.title}: {self.name}"


@dataclass(frozen=True)
class CheckArchive(Check):
    """Read an archive to its end before anything is touched: whole, harmless, and what it was."""

    host: str
    path: str
    sha256: str
    """As recorded when it was made; "" for one that came from elsewhere."""

    title = "Check the archive"

    def do(self, world: World) -> Json:
        driver = archive_driver(world, self.host)
        if self.sha256 and driver.digest(self.path) != self.sha256:
            raise Broken(f"{self.path} is no longer what was written: choose another backup.")
        contents = driver.inspect(self.path)
        if contents.database is None:
            raise Broken(f"{self.path} holds no database: it cannot become a site.")
        return {
            "database": contents.database,
            "manifest": cast(Json, dict(contents.manifest or {})),
            "unpacked": contents.unpacked,
        }

    def summary(self) -> str:
        return f"{self.title}: {PurePosixPath(self.path).name}"


@dataclass(frozen=True)
class UnpackFiles(Step):
    """Unpack an archive's files to a hidden place, to be moved to where the site lies."""

    host: str
    archive: str
    target: str

    title = "Unpack the files"

    def look(self, world: World) -> Json:
        return world.host(self.host).stat(self.target) is not None

    def done(self, seen: Json) -> bool:
        return seen is True

    def do(self, world: World) -> Json:
        host = world.host(self.host)
        host.make_directory(self.target, mode=0o700)
        skip = ("settings.php", "manifest.json", "database.sql", "database.sqlite")
        archive_driver(world, self.host).extract(self.archive, self.target, skip=skip)
        return None

    def undo(self, world: World, before: Json) -> None:
        world.host(self.host).remove_tree(self.target)


@dataclass(frozen=True)
class LoadDatabase(Step):
    """Load an archive's dump into a new, empty database, with no more rights than the site will have."""

    archive: str
    ref: DatabaseRef

    title = "Load the database"

    def look(self, world: World) -> Json:
        return {"tables": self.ref.driver(world).presence(self.ref.database).tables}

    def done(self, seen: Json) -> bool:
        return isinstance(seen, dict) and bool(seen["tables"])

    def do(self, world: World) -> Json:
        driver, archives = self.ref.driver(world), archive_driver(world, self.ref.host)
        checked = world.found["CheckArchive"]
        assert isinstance(checked, dict)
        member = str(checked["database"])
        if member != driver.dump_name:
            raise Broken(
                f"The archive holds {member}, which cannot go into {self.ref.server.driver}: "
                "choose the other kind of database."
            )
        with archives.database(self.archive, member) as dump:
            driver.load(self.ref.database, world.reveal(self.ref.password), dump)
        return None

    def undo(self, world: World, before: Json) -> None:
        """The new database goes with the step that made it."""

    def summary(self) -> str:
        return f"{self.title}: {self.ref.database.name}"
