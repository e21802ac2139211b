"""Delete a backup: the archive goes, its record stays as history."""

from __future__ import annotations

from aegir.engine import ledger
from aegir.engine.ledger import Key, Subject
from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Backup, Task, TaskKey
from aegir.operations import finding
from aegir.steps.record_backup import BackupDeleted
from aegir.steps.trees import RemoveTree

TITLE = "Delete a backup"


def plan(task: Task) -> list[Step]:
    backup = Backup.objects.get(pk=task.arguments["backup"])
    host = backup.site.database.server.name
    return [BackupDeleted(backup.pk), RemoveTree(host, str(backup.path))]


def ask(*, backup: int, by: str) -> Task:
    """Queue the deletion of the backup of that number."""
    found = finding.backup(backup)
    using = TaskKey.objects.filter(key=key(found).name).exclude(task__state__in=Task.OVER).first()
    if using is not None:
        raise Refused(
            f"The backup {backup} is in use by task {using.task_id}: wait for its end.", field="backup"
        )
    subject = Subject("site", found.site_id, found.domain)
    arguments = {"backup": backup}
    return ledger.ask("backup_delete", subject=subject, keys=[key(found)], by=by, arguments=arguments)


def key(backup: Backup, *, shared: bool = False) -> Key:
    """What a task holds that needs the archive: to read it, shared; to delete it, alone."""
    return Key(f"backup:{backup.pk}", shared=shared)
