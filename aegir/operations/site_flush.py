"""Flush a site's caches."""

from __future__ import annotations

from aegir.engine.step import Step
from aegir.models import Task
from aegir.operations import finding, places
from aegir.steps.database import StartDatabase
from aegir.steps.everyday import RebuildCaches

TITLE = "Flush caches"


def plan(task: Task) -> list[Step]:
    ref = places.site_ref(places.site_of(task))
    return [
        StartDatabase(ref.host, ref.database.server, ref.database.administrator, ref.database.start),
        RebuildCaches(ref),
    ]


def ask(*, domain: str, by: str) -> Task:
    """Queue the flush of an installed site."""
    return places.ask_site("site_flush", finding.installed(domain, "flushed"), by, {"domain": domain})
