"""What every operation that makes a backup on its way shares."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import version
from typing import Any, Literal, cast

from aegir.engine.step import Step
from aegir.models import Backup, Site, Task
from aegir.operations import places
from aegir.steps.backup import WriteBackup
from aegir.steps.record_backup import KeepBackup


def new_backup(
    site: Site, task: Task, *, description: str = "", compression: Literal["zst", "gz"] = "zst"
) -> Backup:
    """The row of a backup that ``task`` is going to make; call it from ``ask``, in its transaction."""
    backup = Backup.objects.create(
        site=site,
        domain=site.domain,
        description=description,
        reason=task.operation,
        compression=compression,
        platform=site.platform,
        task=task.pk,
    )
    stamp = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    backup.file = f"{site.domain}/{site.domain}-{stamp}-{backup.pk}.tar.{compression}"
    backup.save()
    return backup


def backup_of(task: Task) -> Backup:
    """The backup that ``new_backup`` prepared for the task."""
    return Backup.objects.get(task=task.pk)


def steps(backup: Backup, site: Site, *, if_whole: bool = False) -> list[Step]:
    """Write the backup and record it; once recorded it stays, whatever becomes of the task.

    With ``if_whole`` a site that lost its database goes without one.
    """
    backup.manifest = manifest(backup, site)
    backup.save()
    ref = places.site_ref(site)
    where, name = str(backup.path.parent), backup.path.name
    compression = cast(Literal["zst", "gz"], backup.compression)
    return [
        WriteBackup(ref, where, name, backup.manifest, compression, if_whole),
        KeepBackup(ref.host, backup.pk, where, name),
    ]


def discard_unmade(task: Task) -> None:
    """For ``ended``: a backup that the task did not come to make never was."""
    Backup.objects.filter(task=task.pk, state=Backup.State.MAKING).delete()


def manifest(backup: Backup, site: Site) -> dict[str, Any]:
    """What an archive says of itself. No secrets: those are in its settings.php alone."""
    platform = site.platform
    others = site.names.filter(main=False, reserved=False).order_by("name")
    return {
        "format": 1,
        "aegir": version("aegir"),
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "domain": site.domain,
        "aliases": [
            {"name": row.name, "redirects": row.redirects, "automatic": row.automatic} for row in others
        ],
        "canonical": site.canonical,
        "title": site.title,
        "profile": site.profile,
        "language": site.language,
        "email": site.email,
        "database": site.database.driver,
        "drupal": platform.version,
        "major": platform.major,
        "platform": {
            "name": platform.name,
            "id": platform.pk,
            "path": platform.path,
            "fingerprint": platform.fingerprint,
        },
        "description": backup.description,
        "reason": backup.reason,
    }
