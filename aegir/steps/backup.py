"""Archives of sites: written, and unpacked beside a site."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, BinaryIO, Literal, cast

from aegir import drivers
from aegir.drivers.archive import DATABASES, MANIFEST, UNFINISHED, ArchiveDriver
from aegir.engine.step import Check, Json, Level, Step
from aegir.errors import Broken
from aegir.steps.site import DatabaseRef, SiteRef
from aegir.steps.trees import PASSING, BuiltTree
from aegir.steps.world import World


def archive_driver(world: World, host: str) -> ArchiveDriver:
    return cast(ArchiveDriver, drivers.load("archive", "tar")(world.host(host)))


MADE_ANEW = (MANIFEST, *DATABASES, "settings.php", "drushrc.php")
"""Members of an archive that are not the site's own files."""


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
    if_whole: bool = False
    """Whether a site that lost its database or directory goes without, rather than failing."""

    title = "Write a backup"

    @property
    def unrecorded(self) -> str:
        return f"{self.folder}/.{self.name}"

    def look(self, world: World) -> Json:
        """None for a site that goes without."""
        if self.if_whole and lost(world, self.site):
            return None
        return world.host(self.site.host).stat(self.unrecorded) is not None

    def done(self, seen: Json) -> bool:
        return seen is not False

    def do(self, world: World) -> Json:
        host = world.host(self.site.host)
        host.make_directory(self.folder, mode=0o711)
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
        if self.site.operator:
            # The panel, which hands it out, runs as him; he finds it by its name and cannot list the folder.
            host.set_attributes(self.unrecorded, owner=self.site.operator)
        world.log.line(f"{self.name}: {written.size:,} bytes for {written.unpacked:,}.")
        return {"size": written.size, "sha256": written.sha256, "unpacked": written.unpacked}

    def undo(self, world: World, before: Json) -> None:
        """One that was recorded has its real name by now, and stays whatever becomes of the task."""
        host = world.host(self.site.host)
        for name in (self.unrecorded, self.unrecorded + UNFINISHED):
            host.remove(name)

    def summary(self) -> str:
        return f"{self.title}: {self.name}"


@dataclass(frozen=True)
class NoticeLoss(Check):
    """Say of what a site lacks that it will go without a backup."""

    site: SiteRef

    title = "Look whether the site is whole"

    def do(self, world: World) -> Json:
        missing = lost(world, self.site)
        if missing:
            text = f"{missing} is gone: there is nothing to make a backup of, so none is made."
            world.log.line(text, Level.WARNING)
        return missing


def lost(world: World, site: SiteRef) -> str:
    """What a site lacks that a backup would be made of; "" when it is whole."""
    if world.host(site.host).stat(site.path) is None:
        return site.path
    if not site.database.driver(world).presence(site.database.database).database:
        return f"The database {site.database.database.name}"
    return ""


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
class NoticeChange(Check):
    """Say that the platform which a backup came from is no longer what it was."""

    platform: str
    before: str
    now: str
    """Versions of Drupal; they may be the same where only modules changed."""

    title = "Compare with the code of then"

    def do(self, world: World) -> Json:
        text = (
            f"The code of {self.platform} changed since (Drupal {self.before}, now {self.now}): updates run."
        )
        world.log.line(text, Level.WARNING)
        return None


@dataclass(frozen=True)
class UnpackFiles(BuiltTree):
    """Unpack an archive's files to a hidden place, to be moved to where the site lies."""

    host: str
    archive: str
    target: str

    title = "Unpack the files"

    def do(self, world: World) -> Json:
        host = world.host(self.host)
        host.make_directory(self.target, mode=0o700)
        archive_driver(world, self.host).extract(self.archive, self.target, skip=MADE_ANEW)
        return None


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
        driver, member = self.ref.driver(world), self.member(world)
        if member != driver.dump_name:
            raise Broken(
                f"{PurePosixPath(self.archive).name} holds a {member}, which cannot go into "
                f"{self.ref.server.driver}: choose the other kind of database."
            )
        with self.dump(world, member) as dump:
            driver.load(self.ref.database, world.reveal(self.ref.password), dump)
        return None

    def member(self, world: World) -> str:
        """What the dump is called in an archive, which tells its kind."""
        checked = world.found["CheckArchive"]
        assert isinstance(checked, dict)
        return str(checked["database"])

    def dump(self, world: World, member: str) -> AbstractContextManager[BinaryIO]:
        return archive_driver(world, self.ref.host).database(self.archive, member)

    def undo(self, world: World, before: Json) -> None:
        """The new database goes with the step that made it."""

    def summary(self) -> str:
        return f"{self.title}: {self.ref.database.name}"
