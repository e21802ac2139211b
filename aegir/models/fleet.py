"""Moving all sites of a platform to another: what was asked, and how far each site is.

The moves themselves are ordinary tasks. These rows say which site is whose turn, and nothing but them decides
it, so whoever reads them can go on at any moment.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.db import models
from django.db.models import Count, Max, Min, Q

from aegir.models.pair import Pair
from aegir.models.platform import Platform
from aegir.models.site import Site
from aegir.models.task import Task


class Fleet(models.Model):
    """One request to move the sites of a platform."""

    class State(models.TextChoices):
        COMPARING = "comparing", "comparing"
        READY = "ready", "ready to start"
        REHEARSING = "rehearsing", "rehearsing"
        CANARY = "canary", "moving the first"
        MOVING = "moving", "moving"
        PAUSED = "paused", "paused"
        STOPPED = "stopped", "stopped"
        CANCELLED = "cancelled", "cancelled"
        DONE = "done", "done"
        UNDOING = "undoing", "going back"
        UNDONE = "undone", "gone back"

    source = models.ForeignKey(Platform, on_delete=models.PROTECT, related_name="fleets_from")
    target = models.ForeignKey(Platform, on_delete=models.PROTECT, related_name="fleets_to")
    state = models.CharField(max_length=12, choices=State.choices, default=State.COMPARING)
    resumes = models.CharField(max_length=12, blank=True)
    """The state that a paused or stopped one goes on from."""
    reason = models.CharField(max_length=500, blank=True)
    """Why it stopped, for people."""
    asked_by = models.CharField(max_length=200)
    begins = models.BooleanField(default=False)
    """Whether it starts by itself once all sites are compared."""
    locked_too = models.BooleanField(default=False)
    """Whether it goes on while its target is locked: who asked for it may do that."""
    rehearse = models.PositiveIntegerField(default=1)
    """How many sites are rehearsed first; as many as there are for all."""
    canary = models.PositiveIntegerField(default=1)
    """How many are moved, and must serve, before the first wave."""
    wave = models.PositiveIntegerField(default=10)
    """How many sites make a wave."""
    width = models.PositiveIntegerField(default=2)
    """How many are worked on at once on each database server."""
    failures = models.PositiveIntegerField(default=20)
    """Per cent of a wave that may fail before the whole stops."""
    number = models.PositiveIntegerField(default=0)
    """The wave that is being moved, from 1; 0 for the canary."""
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    FORWARD = (State.REHEARSING, State.CANARY, State.MOVING)
    GOING = (State.COMPARING, *FORWARD, State.UNDOING)
    """In which it goes on by itself."""
    OVER = (State.CANCELLED, State.DONE, State.UNDONE)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source"],
                condition=~Q(state__in=["cancelled", "done", "undone"]),
                name="fleet_one_a_platform",
            ),
        ]

    def __str__(self) -> str:
        return f"move {self.pk} from {self.source.name} to {self.target.name}"

    @property
    def going(self) -> bool:
        return self.state in self.GOING

    @property
    def over(self) -> bool:
        return self.state in self.OVER

    @property
    def back(self) -> bool:
        """Whether its sites go, or have gone, back to where they were."""
        return self.State.UNDOING in (self.state, self.resumes) or self.state == self.State.UNDONE

    def counts(self) -> dict[str, int]:
        """How many sites are in each state; all states, in the order of their course."""
        found: dict[str, int] = dict(self.sites.values_list("state").annotate(Count("pk")).order_by())
        return {state: found.get(state, 0) for state in FleetSite.State.values}

    def waves(self) -> int:
        """How many waves there are, beside the canary."""
        return self.sites.aggregate(last=Max("wave"))["last"] or 0

    def causes(self) -> list[Failure]:
        """What went wrong, equal things together, the most frequent first."""
        wrong = self.sites.filter(state__in=FleetSite.WRONG)
        groups = wrong.values("state", "cause").annotate(count=Count("pk"), first=Min("position"))
        found = list(groups.order_by("-count", "first"))
        firsts = {row.position: row for row in wrong.filter(position__in=[each["first"] for each in found])}
        return [Failure(each["state"], each["cause"], each["count"], firsts[each["first"]]) for each in found]


class FleetSite(models.Model):
    """One site of a fleet."""

    class State(models.TextChoices):
        COMPARING = "comparing", "not compared yet"
        WAITING = "waiting", "waiting"
        BLOCKED = "blocked", "cannot be moved"
        REHEARSING = "rehearsing", "rehearsing"
        MOVING = "moving", "moving"
        MOVED = "moved", "moved"
        FAILED = "failed", "failed"
        SKIPPED = "skipped", "left out"
        RETURNING = "returning", "going back"
        RETURNED = "returned", "gone back"
        AWAY = "away", "could not go back"

    fleet = models.ForeignKey(Fleet, on_delete=models.CASCADE, related_name="sites")
    site = models.ForeignKey(Site, on_delete=models.CASCADE, related_name="+")
    domain = models.CharField(max_length=253)
    """As it was called when the fleet was made."""
    position = models.PositiveIntegerField()
    """Whose turn it is when."""
    wave = models.PositiveIntegerField(null=True)
    """0 for the canary; None as long as it has no turn."""
    state = models.CharField(max_length=12, choices=State.choices, default=State.COMPARING)
    rehearsed = models.BooleanField(null=True)
    """Whether its rehearsal went well; None when there was none."""
    task = models.ForeignKey(Task, null=True, on_delete=models.SET_NULL, related_name="+")
    """The one that works on it now, or did last."""
    pair = models.ForeignKey(Pair, null=True, on_delete=models.SET_NULL, related_name="+")
    """What it was before it was moved: what an undo goes back to."""
    error = models.CharField(max_length=1000, blank=True)
    """The first error: of the comparison, the rehearsal or the move."""
    cause = models.CharField(max_length=300, blank=True)
    """The error without what is this site's own, so that equal failures stand together."""
    excused = models.BooleanField(default=False)
    """Whether its failure no longer counts: somebody saw it and let the rest go on."""
    warnings = models.PositiveIntegerField(default=0)
    """Of the comparison."""

    AT_WORK = (State.REHEARSING, State.MOVING, State.RETURNING)
    """In which a task is asked for."""
    WRONG = (State.FAILED, State.BLOCKED, State.AWAY)
    """In which something speaks against it, which people want to know."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fleet", "site"], name="fleet_site_once")]
        indexes = [
            models.Index(fields=["fleet", "state", "position"], name="fleet_turn"),
            models.Index(
                fields=["state"],
                condition=Q(state__in=["rehearsing", "moving", "returning"]),
                name="fleet_at_work",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.domain} ({self.get_state_display()})"

    def become(self, state: str, error: str = "") -> None:
        """Write down where it is now, and what speaks against it."""
        self.state, self.error = state, error.strip()[:1000]
        self.cause = cause(error, self.domain, self.site.domain)
        self.save()


@dataclass(frozen=True)
class Failure:
    """Sites of a fleet to which the same happened."""

    state: str
    cause: str
    count: int
    first: FleetSite


_NUMBER = re.compile(r"(?<![A-Za-z_\d.])\d+(?:\.\d+)*")
"""One that stands alone: what is part of a name, as of an update, tells failures apart."""


def cause(error: str, *domains: str) -> str:
    """The first line of an error without what differs from site to site."""
    line = next(iter(error.strip().splitlines()), "")
    for domain in sorted({*domains} - {""}, key=len, reverse=True):
        slug = re.escape(re.sub(r"[^a-z0-9]+", "_", domain)[:20].rstrip("_"))
        line = re.sub(rf"{slug}_\d+", "…", line.replace(domain, "…"))
    return _NUMBER.sub("…", line)[:300]
