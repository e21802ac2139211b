"""A backup becomes one: the archive gets its name and the registry knows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from aegir.engine.step import Commit, Json, Step
from aegir.models import Backup, Task
from aegir.steps.world import World


@dataclass(frozen=True)
class KeepBackup(Step):
    """Give a written archive its name and record it. From here on it stays, whatever becomes of the task."""

    host: str
    backup: int
    folder: str
    name: str

    title = "Record the backup"

    def look(self, world: World) -> Json:
        """None where none was written, since there was nothing to make it of."""
        if "WriteBackup" not in world.found:
            return None
        return Backup.objects.get(pk=self.backup).state

    def done(self, seen: Json) -> bool:
        return seen in (None, Backup.State.READY)

    def do(self, world: World) -> Json:
        host, hidden = world.host(self.host), f"{self.folder}/.{self.name}"
        if host.stat(hidden) is not None:
            host.rename(hidden, f"{self.folder}/{self.name}")
        self._record(world)
        return None

    def undo(self, world: World, before: Json) -> None:
        """Goes on rather than back: one that was killed between its name and its record gets both."""
        if world.host(self.host).stat(f"{self.folder}/{self.name}") is not None:
            self._record(world)

    def _record(self, world: World) -> None:
        written = cast(dict[str, Any], world.found["WriteBackup"])
        Backup.objects.filter(pk=self.backup).update(
            state=Backup.State.READY, size=written["size"], sha256=written["sha256"]
        )


@dataclass(frozen=True)
class BackupMade(Commit):
    """A backup that was asked for is there."""

    backup: int

    title = "Done"

    def do(self, world: World) -> Json:
        backup = Backup.objects.get(pk=self.backup)
        made = {"backup": backup.pk, "file": str(backup.path), "size": backup.size}
        Task.objects.filter(pk=world.task).update(result=made)
        return cast(Json, made)


@dataclass(frozen=True)
class BackupDeleted(Commit):
    """The backup is history; its archive goes next."""

    backup: int

    title = "Record that the backup is deleted"

    def do(self, world: World) -> Json:
        Backup.objects.filter(pk=self.backup).update(state=Backup.State.DELETED)
        return None
