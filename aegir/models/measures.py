"""How things stand, as numbers: a few queries, however many sites there are."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Count, Max, Min, OuterRef, Q, Subquery
from django.utils import timezone

from aegir.models.backup import Backup
from aegir.models.message import Message
from aegir.models.platform import Platform
from aegir.models.site import Site
from aegir.models.task import Schedule, Task

UNSETTLED = (Task.State.QUEUED, Task.State.RUNNING, Task.State.STUCK)
BACKED_UP = (1, 2, 7, 30)
"""Days within which sites are counted that have a backup."""


def tasks() -> dict[tuple[str, str], int]:
    """How many tasks are not settled, by queue and state."""
    found = Task.objects.filter(state__in=UNSETTLED).values_list("queue", "state")
    return {(queue, state): count for queue, state, count in found.annotate(count=Count("pk")).order_by()}


def waiting() -> dict[str, float]:
    """For how many seconds the oldest queued task of each queue has waited."""
    queued = Task.objects.filter(state=Task.State.QUEUED).values_list("queue")
    return {queue: _since(oldest) for queue, oldest in queued.annotate(oldest=Min("asked_at")).order_by()}


def sites() -> dict[str, int]:
    """How many sites there are, by state; deleted ones are none."""
    return dict(Site.objects.live().values_list("state").annotate(count=Count("pk")).order_by())


def platforms() -> dict[str, int]:
    """The same of platforms."""
    return dict(Platform.objects.live().values_list("state").annotate(count=Count("pk")).order_by())


def backups() -> dict[int, int]:
    """How many sites that are served or disabled have a backup of the last so many days; 0 stands for how
    many such sites there are."""
    newest = Backup.objects.ready().filter(site=OuterRef("pk")).order_by("-pk").values("created_at")[:1]
    usable = Site.objects.filter(state__in=(Site.State.ENABLED, Site.State.DISABLED))
    counts = {
        f"within_{days}": Count("pk", filter=Q(newest__gte=timezone.now() - timedelta(days=days)))
        for days in BACKED_UP
    }
    found = usable.annotate(newest=Subquery(newest)).aggregate(within_0=Count("pk"), **counts)
    return {days: found[f"within_{days}"] for days in (0, *BACKED_UP)}


def newest_backup() -> float | None:
    """How many seconds old the newest backup of any site is; None when there is none."""
    newest = Backup.objects.ready().aggregate(newest=Max("created_at"))["newest"]
    return None if newest is None else _since(newest)


def schedules() -> dict[str, tuple[float, bool]]:
    """By how many seconds each schedule is late, and whether its last turn was refused or failed."""
    found = Schedule.objects.filter(enabled=True).order_by("name")
    return {row.name: (_since(row.next_at), bool(row.last_error)) for row in found}


def messages() -> dict[tuple[str, str], int]:
    """How many messages wait or were given up, by kind and state."""
    found = Message.objects.exclude(state=Message.State.SENT).values_list("kind", "state")
    return {(kind, state): count for kind, state, count in found.annotate(count=Count("pk")).order_by()}


def _since(moment: datetime) -> float:
    return max((timezone.now() - moment).total_seconds(), 0.0)
