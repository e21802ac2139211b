"""What a look at Aegir itself found in its rows, and what becomes of it."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import Any, cast

from cryptography.fernet import InvalidToken
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from aegir.engine.step import Check, Commit, Json
from aegir.models import AuditEntry, Schedule, Secret, Task, Worker
from aegir.steps.panel import finding
from aegir.steps.world import World

FAULTS = 10
"""How many of a kind are told."""


@dataclass(frozen=True)
class CheckMigrations(Check):
    """Look whether the tables are as this version wants them."""

    title = "Look whether the tables are up to date"

    def do(self, world: World) -> Json:
        executor = MigrationExecutor(connection)
        missing = [each.name for each, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]
        faults = [f"Not applied: {', '.join(missing)}. Restart Aegir: «aegir down», «aegir up»."]
        return finding(world, "tables", faults if missing else [], "The tables are up to date.")


@dataclass(frozen=True)
class CheckKey(Check):
    """Look whether the key opens what was sealed with it."""

    title = "Open the secrets"

    def do(self, world: World) -> Json:
        shut = 0
        for secret in Secret.objects.iterator():
            try:
                secret.reveal()
            except InvalidToken:
                shut += 1
        sentence = f"{shut} secrets do not open: secret.key is not the one that they were sealed with."
        return finding(world, "secrets", [sentence] if shut else [], "The key opens every secret.")


@dataclass(frozen=True)
class CheckAudit(Check):
    """Look whether anybody tampered with the audit."""

    title = "Verify the audit"

    def do(self, world: World) -> Json:
        faults = list(islice(AuditEntry.broken(), FAULTS))
        return finding(world, "audit", faults, "The audit's chain holds.")


@dataclass(frozen=True)
class CheckWorkers(Check):
    """Look who works, and whether anything that Aegir asks for by itself is refused."""

    title = "Look for workers and schedules"

    def do(self, world: World) -> Json:
        alive = Worker.alive().count()
        faults = [] if alive else ["No worker has given a sign of life: look with «aegir status»."]
        for row in Schedule.objects.filter(enabled=True).exclude(last_error="").order_by("name")[:FAULTS]:
            faults.append(f"The schedule {row} was refused: {row.last_error}")
        return finding(world, "workers", faults, f"Workers that are there: {alive}.")


@dataclass(frozen=True)
class PanelBackedUp(Commit):
    """The archive is there; which of the older ones stay is settled with it."""

    folder: str
    name: str
    kept: int

    title = "Done"

    def do(self, world: World) -> Json:
        written = cast(dict[str, Any], world.found["WritePanelBackup"])
        made = {"name": self.name, "file": f"{self.folder}/{self.name}", "size": written["size"]}
        made |= {"sha256": written["sha256"], "archives": written["archives"][: self.kept or None]}
        Task.objects.filter(pk=world.task).update(result=made)
        return cast(Json, {"name": self.name})


@dataclass(frozen=True)
class PanelVerified(Commit):
    """The report."""

    checks: tuple[str, ...]
    """The steps whose findings it has."""

    title = "Write the report"

    def do(self, world: World) -> Json:
        found = [cast(dict[str, Any], world.found[name]) for name in self.checks]
        mended = cast(list[str], world.found.get("SetModes") or [])
        report = [{name: each[name] for name in ("what", "well", "said")} for each in found]
        said = f"Mended: {', '.join(path or 'the data folder' for path in mended)}."
        report.append({"what": "modes", "well": not mended,
                       "said": said if mended else "The modes of keys and folders are right."})  # fmt: skip
        kept = next(each["archives"] for each in found if "archives" in each)
        Task.objects.filter(pk=world.task).update(result={"findings": report, "archives": kept})
        return None
