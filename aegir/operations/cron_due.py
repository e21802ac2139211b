"""Ask for the cron of every site whose turn has come. By schedule; one task a site, none of its own.

Turns are spread evenly over each interval by the site's number. The longest overdue goes first; turns that
were missed are made up for once. Only so many wait at a time: the rest is asked for when those are done.
"""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from aegir.engine import ledger
from aegir.engine.ledger import Key
from aegir.errors import Refused
from aegir.models import Site, Task, TaskKey, default
from aegir.models.site import SiteQuerySet
from aegir.operations import site_cron

TITLE = "Cron queue"
MOST = 60
"""How many crons may wait."""
AT_ONCE = 1000
"""How many sites are given a turn at a time: the worker has other things to do."""
ACTIVE = (Task.State.QUEUED, Task.State.RUNNING)
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
GOLDEN = 0.6180339887498949
"""Multiples of it, modulo 1, lie evenly whatever numbers the sites have."""


def ask(*, by: str) -> list[Task]:
    """Queue the cron of what is due; nothing while the cron queue is paused."""
    if ledger.paused(site_cron.QUEUE):
        return []
    now, usual = timezone.now(), int(default.value("cron_minutes"))
    with transaction.atomic():
        _give_turns(now, usual)
        room = MOST - Task.objects.filter(queue=site_cron.QUEUE, state=Task.State.QUEUED).count()
        busy = _lanes()
        asked = []
        sites = list(_due(now, usual)[: max(room, 0)])
        at_it = _at_it(sites)
        for site in sites:
            if site.pk not in at_it:
                asked += _ask(site, busy, by)
            site.cron_next_at = turn_after(now, site, usual)
            site.save(update_fields=["cron_next_at"])
    return asked


def turn_after(moment: datetime, site: Site, usual: int) -> datetime:
    """The site's next turn after a moment: each site has its own place in every interval, which is ``usual``
    minutes long unless the site says otherwise."""
    every = timedelta(minutes=usual if site.cron_minutes is None else site.cron_minutes)
    place = every * (site.pk * GOLDEN % 1)
    return EPOCH + place + every * ((moment - EPOCH - place) // every + 1)


def _ask(site: Site, busy: Counter[str], by: str) -> list[Task]:
    """Ask, on the lane that has the least to do; a site that a stuck task holds goes without this turn."""
    lane = min(busy, key=lambda name: busy[name])
    try:
        task = site_cron.ask_due(site, by, [Key(lane)])
    except Refused:
        return []
    busy[lane] += 1
    return [task]


def _lanes() -> Counter[str]:
    """Keys that let only so many crons run at once, so that people's tasks always find a free slot; each with
    how many wait for it."""
    lanes = [f"cron:{number}" for number in range(max(1, settings.AEGIR_SLOTS - 1))]
    waiting = TaskKey.objects.filter(key__in=lanes, task__state__in=ACTIVE).values_list("key", flat=True)
    return Counter({**dict.fromkeys(lanes, 0), **Counter(waiting)})


def _running(usual: int) -> SiteQuerySet:
    """Sites that are to have cron runs."""
    own = Q(cron_minutes__gt=0)
    return Site.objects.filter(own | Q(cron_minutes=None) if usual else own, state=Site.State.ENABLED)


def _give_turns(now: datetime, usual: int) -> None:
    """Sites that are new, or whose interval became shorter, get a turn."""
    far = Q(cron_minutes=None, cron_next_at__gt=now + timedelta(minutes=usual))
    lacking = list(_running(usual).filter(Q(cron_next_at=None) | far)[:AT_ONCE])
    for site in lacking:
        site.cron_next_at = turn_after(now, site, usual)
    Site.objects.bulk_update(lacking, ["cron_next_at"], batch_size=200)


def _at_it(sites: list[Site]) -> set[int | None]:
    """Those of them whose cron waits or runs."""
    crons = Task.objects.filter(operation="site_cron", subject_kind="site", state__in=ACTIVE)
    return set(crons.filter(subject_id__in=[site.pk for site in sites]).values_list("subject_id", flat=True))


def _due(now: datetime, usual: int) -> SiteQuerySet:
    """Sites whose turn has come, the longest overdue first."""
    due = _running(usual).filter(cron_next_at__lte=now)
    return due.select_related("platform").order_by("cron_next_at", "pk")
