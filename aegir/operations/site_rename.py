"""Rename a site, on its platform or with a move to another: its names, its directory, its paths follow."""

from __future__ import annotations

from django.db import transaction

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Task, names
from aegir.operations import finding, gate, moving, places, renaming
from aegir.operations.moving import Move
from aegir.steps.app import InspectSite, Relocate, UpdateDrupal

TITLE = "Rename"
KEEP = ["redirect", "alias", "drop"]


def plan(task: Task) -> list[Step]:
    move = Move.of(task, keep=task.arguments["keep"])
    stays = move.pair.platform == move.site.platform
    if not stays:
        gate.require_fit(move.site, move.pair.platform)
    return [
        *move.started(),
        *move.room(),
        *move.backup(task),
        *move.database(),
        *move.files(),
        *move.closed(),
        *move.filled(),
        *move.placed(),
        Relocate(move.new, move.old.place.directory, (move.old.domain,)),
        *([] if stays else [UpdateDrupal(move.new)]),
        InspectSite(move.new, rebuild_caches=stays),
        *move.opened(),
        *move.recorded(),
    ]


def ask(*, domain: str, to: str, platform: str | None = None, keep: str = "redirect", by: str) -> Task:
    """Queue another main name for a site. ``keep`` says what becomes of the old one: it redirects to the
    new one, serves the site as an alias, or is dropped."""
    site = finding.installed(domain, "renamed")
    target = finding.open_platform(platform) if platform else site.platform
    finding.one_of(keep, KEEP, "way to keep a name", "keep")
    with finding.calling(domain="to"):
        name = names.domain(to)
        if name == site.domain:
            raise Refused(f"{name} is the name that the site has: choose another one.", field="to")
        renaming.refuse_taken(site, name)
        finding.refuse_remains(target, name)
    if target != site.platform:
        gate.require_fit(site, target)
    arguments = {"domain": domain, "to": to, "platform": platform, "keep": keep}
    with transaction.atomic():
        note = f"Before it was renamed to {name}"
        task = moving.begin("site_rename", site, target, by, arguments, domain=name, backup=note)
        renaming.reserve(site, task, name)
    return task


def ended(task: Task) -> None:
    """The new name is free again, unless a stuck task may still come to need it."""
    if task.state != Task.State.STUCK:
        renaming.release(places.site_of(task), names.domain(task.arguments["to"]))
    moving.ended(task)
