"""Restore a site: it becomes what a backup holds, and what it was is kept, so that this can be undone."""

from __future__ import annotations

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Backup, Platform, Site, Task
from aegir.operations import backup_delete, finding, gate, moving
from aegir.operations.moving import Move
from aegir.steps.app import InspectSite, Relocate, UpdateDrupal
from aegir.steps.arriving import SettleFiles, misfit
from aegir.steps.backup import CheckArchive, LoadDatabase, NoticeChange, NoticeLoss, UnpackFiles
from aegir.steps.record_arrival import PairRestored
from aegir.steps.room import HasRoomToUnpack

TITLE = "Restore"

ended = moving.ended


def plan(task: Task) -> list[Step]:
    move = Move.of(task)
    backup = Backup.objects.get(pk=task.arguments["backup"])
    new, archive = move.new, str(backup.path)
    return [
        *move.started(),
        CheckArchive(new.host, archive, backup.sha256),
        HasRoomToUnpack(new.host, new.place.root),
        NoticeLoss(move.old),
        *move.backup(task, if_whole=True),
        *move.database(),
        UnpackFiles(new.host, archive, move.fresh),
        SettleFiles(new, move.fresh),
        LoadDatabase(archive, new.database),
        *move.closed(),
        *move.placed(),
        *_adapted(backup, move),
        InspectSite(new, rebuild_caches=True),
        *move.opened(),
        *move.recorded(commit=PairRestored),
    ]


def _adapted(backup: Backup, move: Move) -> list[Step]:
    """What must change where the archive's site lay elsewhere, or ran on other code."""
    steps: list[Step] = []
    if backup.domain != move.new.domain:
        names = (backup.domain, *(row["name"] for row in backup.manifest["aliases"]))
        steps.append(Relocate(move.new, f"sites/{backup.domain}", names))
    platform = move.pair.platform
    if backup.manifest["platform"]["fingerprint"] != platform.fingerprint:
        if backup.platform_id == platform.pk:
            steps.append(NoticeChange(platform.name, backup.manifest["drupal"], platform.version))
        steps.append(UpdateDrupal(move.new))
    return steps


def ask(*, domain: str, backup: int, platform: str | None = None, by: str) -> Task:
    """Queue the return to a backup of the site, onto the platform that it came from or another one."""
    site, found = finding.installed(domain, "restored"), finding.backup(backup)
    if found.site_id != site.pk:
        raise Refused(
            f"The backup {backup} is not of {site.domain} but of {found.domain}: choose one of its own, or "
            f"make a new site of it with «aegir site deploy {backup} DOMAIN --platform PLATFORM».",
            field="backup",
        )
    target = finding.open_platform(platform) if platform else _origin(site, found)
    _require_fit(site, found, target)
    if target != site.platform:
        finding.refuse_remains(target, site.domain)
    return moving.begin(
        "site_restore",
        site,
        target,
        by,
        {"domain": domain, "backup": backup, "platform": platform},
        backup=f"Before the return to backup {backup}",
        keys=[backup_delete.key(found, shared=True)],
    )


def _origin(site: Site, backup: Backup) -> Platform:
    """The platform that a backup came from; Refused with what is wrong with it."""
    told, platform = backup.manifest["platform"], backup.platform
    if platform is None or platform.state == Platform.State.DELETED:
        raise Refused(
            f"The backup {backup.pk} came from the platform {told['name']} ({told['path']}, Drupal "
            f"{backup.manifest['drupal']}), which is deleted: name another one of Drupal "
            f"{backup.manifest['major']} with «--to».",
            field="platform",
        )
    # A site that lives there has not to come anew.
    if platform == site.platform and platform.state == Platform.State.LOCKED:
        return platform
    return finding.open_platform(platform.name)


def _require_fit(site: Site, backup: Backup, target: Platform) -> None:
    """Refused when the platform cannot run what the backup holds.

    Of a backup we know core and profile; its packages only while the site still runs on the same code.
    """
    profiles = tuple(target.packages.filter(kind="profile").values_list("name", flat=True))
    problem = misfit(backup.manifest, target.name, target.version, profiles)
    if problem:
        raise Refused(f"The backup {backup.pk} cannot go to {target.name}. {problem}", field="platform")
    if backup.platform_id == site.platform_id != target.pk:
        gate.require_fit(site, target)
