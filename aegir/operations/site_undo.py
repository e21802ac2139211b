"""Undo a move: the site goes back to the pair that it had, and what it became is kept in its turn."""

from __future__ import annotations

from django.db import transaction

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Pair, Site, SiteName, Task
from aegir.operations import backing_up, finding, places, renaming
from aegir.operations.moving import Move
from aegir.steps.app import InspectSite
from aegir.steps.database import ThawDatabase

TITLE = "Undo"


def plan(task: Task) -> list[Step]:
    move = Move.of(task, kept(places.site_of(task), task.arguments["pair"]))
    return [
        *move.started(),
        *move.backup(task),
        *move.closed(),
        *move.placed(move.pair.path),
        ThawDatabase(move.new.database),
        InspectSite(move.new),
        *move.opened(),
        *move.recorded(),
    ]


def ask(*, domain: str, pair: int | None = None, by: str) -> Task:
    """Queue the way back to the pair that the last move replaced, or to the one with that number."""
    site = finding.installed(domain, "taken back")
    back = kept(site, pair)
    if back.domain != site.domain:
        other = SiteName.objects.filter(name=back.domain).exclude(site=site).first()
        if other is not None:
            raise Refused(
                f"{back.domain}, as the site was called then, is now a name of another site: free it first.",
                field="domain",
            )
    with transaction.atomic():
        arguments = {"domain": domain, "pair": back.pk}
        task = places.ask_site("site_undo", site, by, arguments, platforms=[back.platform])
        backing_up.new_backup(site, task, description=f"Before going back to {back.platform.name}")
        if back.domain != site.domain:
            renaming.reserve(site, task, back.domain)
    return task


def ended(task: Task) -> None:
    """Nothing changed; a backup that was made stays."""
    backing_up.discard_unmade(task)
    site, pair = places.site_of(task), Pair.objects.get(pk=task.arguments["pair"])
    if task.state != Task.State.STUCK and pair.domain != site.domain:
        renaming.release(site, pair.domain)


def kept(site: Site, number: int | None = None) -> Pair:
    """The pair with that number, or the one that the last move replaced; Refused when it is not there."""
    there = Pair.objects.kept().filter(site=site).select_related("platform__server").order_by("-since")
    if number is not None:
        found = there.filter(pk=number).first()
    else:
        # What an undo left is the last choice: undoing twice goes back twice.
        found = there.exclude(reason="site_undo").first() or there.first()
    if found is None:
        raise Refused(
            f"There is nothing that {site.domain} could go back to: nothing was moved, or its kept copy "
            f"was retired. Restore a backup instead: «aegir backup list {site.domain}».",
            field="domain",
        )
    return found
