"""Say what was written to a site since its last move: what an undo would take back."""

from __future__ import annotations

from aegir.engine.step import Step
from aegir.models import Task
from aegir.operations import finding, places, site_undo
from aegir.steps.content import LookForChanges
from aegir.steps.database import StartDatabase
from aegir.steps.record_findings import FindingKept

TITLE = "Look for changes"


def plan(task: Task) -> list[Step]:
    site = places.site_of(task)
    ref, pair = places.site_ref(site), site_undo.kept(site, task.arguments["pair"])
    assert pair.since is not None, "what is kept was live until then"
    return [
        StartDatabase(ref.host, ref.database.server, ref.database.administrator, ref.database.start),
        LookForChanges(ref, int(pair.since.timestamp())),
        FindingKept(LookForChanges.__name__),
    ]


def ask(*, domain: str, pair: int | None = None, by: str) -> Task:
    """Queue the question what was written since the move that an undo would take back."""
    site = finding.installed(domain, "looked into")
    back = site_undo.kept(site, pair)
    return places.ask_site("site_changes", site, by, {"domain": domain, "pair": back.pk}, priority=5)
