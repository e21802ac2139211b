"""Back up a site: one archive that deploys anywhere, made while the site goes on being served."""

from __future__ import annotations

from typing import Literal, cast

from django.db import transaction

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Task, names
from aegir.operations import backing_up, finding, places
from aegir.steps.database import StartDatabase
from aegir.steps.record_backup import BackupMade
from aegir.steps.room import HasRoomFor

TITLE = "Backup"
LONGEST = 300
"""Characters of a description."""


def plan(task: Task) -> list[Step]:
    site = places.site_of(task)
    ref, backup = places.site_ref(site), backing_up.backup_of(task)
    return [
        StartDatabase(ref.host, ref.database.server, ref.database.administrator, ref.database.start),
        HasRoomFor(ref.host, str(backup.path.parent.parent), ref),
        *backing_up.steps(backup, site),
        BackupMade(backup.pk),
    ]


def ask(*, domain: str, description: str = "", compression: str = "zst", by: str) -> Task:
    """Queue a backup of an installed site."""
    site = finding.installed(domain, "backed up")
    if len(description) > LONGEST:
        raise Refused(f"The description is too long: {LONGEST} characters at most.", field="description")
    kind = finding.one_of(compression, ["zst", "gz"], "compression", "compression")
    arguments = {"domain": domain, "description": description, "compression": compression}
    with transaction.atomic():
        task = places.ask_site("site_backup", site, by, arguments)
        backing_up.new_backup(
            site,
            task,
            description=names.shown(description, LONGEST),
            compression=cast(Literal["zst", "gz"], kind),
        )
    return task


def ended(task: Task) -> None:
    """An archive that was written all the same stays; one that was not never was."""
    backing_up.discard_unmade(task)
