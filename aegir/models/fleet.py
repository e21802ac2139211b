"""Moving all sites of a platform to another: what was asked, and how far each site is.

The moves themselves are ordinary tasks. These rows say which site is whose turn, and nothing but them decides
it, so whoever reads them can go on at any moment.
"""

from __future__ import annotations

from django.db import models
from django.db.models import Q

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
    rehearse = models.PositiveIntegerField(default=1)
    """How many sites are rehearsed first; as many as there are for all."""
    canary = models.PositiveIntegerField(default=1)
    """How many are moved, and looked at, before the first wave."""
    wave = models.PositiveIntegerField(default=10)
    """How many sites make a wave."""
    width = models.PositiveIntegerField(default=2)
    """How many are moved at once on each database server."""
    failures = models.PositiveIntegerField(default=20)
    """Per cent of a wave that may fail before the whole stops."""
    number = models.PositiveIntegerField(default=0)
    """The wave that is being moved, from 1; 0 for the canary."""
    created_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    GOING = (State.COMPARING, State.REHEARSING, State.CANARY, State.MOVING, State.UNDOING)
    """In which it goes on by itself."""

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


class FleetSite(models.Model):
    """One site of a fleet."""

    class State(models.TextChoices):
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
    """Whose turn it is when; canaries come first."""
    wave = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    rehearsed = models.BooleanField(null=True)
    """Whether its rehearsal went well; None when there was none."""
    task = models.ForeignKey(Task, null=True, on_delete=models.SET_NULL, related_name="+")
    """The one that works on it now, or did last."""
    error = models.CharField(max_length=1000, blank=True)
    """The first error: of the comparison, the rehearsal or the move."""
    cause = models.CharField(max_length=300, blank=True)
    """The error without what is this site's own, so that equal failures stand together."""
    warnings = models.PositiveIntegerField(default=0)
    """Of the comparison."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=["fleet", "site"], name="fleet_site_once")]
        indexes = [models.Index(fields=["fleet", "state", "position"], name="fleet_turn")]

    def __str__(self) -> str:
        return f"{self.domain} ({self.get_state_display()})"
