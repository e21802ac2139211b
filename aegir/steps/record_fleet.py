"""What a comparison says of each site of a fleet, written into its row, a few at a time."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction

from aegir.engine.step import Check, Json
from aegir.models import Fleet, FleetSite, Platform, Site
from aegir.models.comparison import compare
from aegir.steps.world import World

BATCH = 20
"""Sites in one transaction, which is short: they are compared before it."""


@dataclass(frozen=True)
class CompareSites(Check):
    """Find out which sites can go to the fleet's target, and what speaks against the others."""

    fleet: int

    title = "Compare the sites"

    def do(self, world: World) -> Json:
        fleet = Fleet.objects.get(pk=self.fleet)
        target = Platform.objects.prefetch_related("packages").get(pk=fleet.target_id)
        open_rows = fleet.sites.filter(state=FleetSite.State.COMPARING).order_by("position")
        done, total = 0, open_rows.count()
        while rows := list(open_rows.select_related("site__platform")[:BATCH]):
            verdicts = [(row, judged(row.site, target)) for row in rows]
            with transaction.atomic():
                for row, (state, error, warnings) in verdicts:
                    _write(row, state, error, warnings)
            done += len(rows)
            world.log.progress(done, total)
        world.log.line(f"{done:,} sites compared with {target.name}.")
        return {"sites": done}


def judged(site: Site, target: Platform) -> tuple[str, str, int]:
    """What a row becomes, what speaks against the move, and how many warnings there are."""
    if site.state in (Site.State.QUEUED, Site.State.FAILED):
        return FleetSite.State.BLOCKED, f"The site is {site.get_state_display()}.", 0
    found = compare(site, target)
    if found.allowed:
        return FleetSite.State.WAITING, "", len(found.warnings)
    return FleetSite.State.BLOCKED, found.errors[0].sentence, len(found.warnings)


def _write(row: FleetSite, state: str, error: str, warnings: int) -> None:
    """Unless the row has become something else meanwhile: the whole may have been cancelled."""
    held = FleetSite.objects.select_for_update(of=("self",)).filter(
        pk=row.pk, state=FleetSite.State.COMPARING
    )
    for now in held.select_related("site"):
        now.warnings = warnings
        now.become(state, error)
