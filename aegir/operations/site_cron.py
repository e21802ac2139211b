"""Run a site's cron once: asked for by a person, or by the cron queue when it is due."""

from __future__ import annotations

from collections.abc import Iterable

from aegir.engine.ledger import Key
from aegir.engine.step import Step
from aegir.models import Site, Task, default
from aegir.operations import finding, places
from aegir.steps.database import StartDatabase
from aegir.steps.everyday import RunCron
from aegir.steps.record_everyday import CronRan

TITLE = "Run cron"
QUEUE = "cron"
PRIORITY = -10
"""People's tasks go first."""
LINES, LONGEST = 50, 4000
"""Of a failed cron's output, how many lines and characters are kept with the site: the last ones."""


def plan(task: Task) -> list[Step]:
    site = places.site_of(task)
    if task.queue == QUEUE and site.state != Site.State.ENABLED:
        return []  # it was disabled or deleted while this waited
    ref = places.site_ref(site)
    return [
        StartDatabase(ref.host, ref.database.server, ref.database.administrator, ref.database.start),
        # No other cron of ours can run while this holds the site; if the last one died, its lock is stale.
        RunCron(ref, int(default.value("cron_seconds")), break_lock=bool(site.cron_error)),
        CronRan(site.pk),
    ]


def ask(*, domain: str, by: str) -> Task:
    """Queue one run of an installed site's cron."""
    site = finding.installed(domain, "given a cron run")
    return places.ask_site("site_cron", site, by, {"domain": domain})


def ask_due(site: Site, by: str, keys: Iterable[Key]) -> Task:
    """The same by the cron queue, after everything that people asked for."""
    return places.ask_site(
        "site_cron", site, by, {"domain": site.domain}, queue=QUEUE, priority=PRIORITY, keys=keys
    )


def ended(task: Task) -> None:
    """What a failed cron said is kept with the site, until one goes well."""
    if task.state in (Task.State.SUCCEEDED, Task.State.WARNED) or not task.attempt:
        return
    said = task.lines.exclude(level="debug").order_by("-pk").values_list("text", flat=True)[:LINES]
    lines = [*reversed(said)]
    if task.error not in lines:
        lines.append(task.error)
    Site.objects.filter(pk=task.subject_id or 0).update(cron_error="\n".join(lines)[-LONGEST:])
