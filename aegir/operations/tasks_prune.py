"""Prune the ledger: what nobody reads any more of tasks that are over. Asked for by schedule."""

from __future__ import annotations

from aegir.engine import ledger
from aegir.engine.ledger import Key, Subject
from aegir.engine.step import Step
from aegir.models import Task, default
from aegir.operations import telling
from aegir.operations.site_cron import QUEUE
from aegir.steps.record_messages import PruneMessages
from aegir.steps.record_pruning import PruneLogs, PruneTasks

TITLE = "Prune logs"
LAST = 10
"""Of each site or platform, how many tasks keep their logs however old they are."""


def plan(task: Task) -> list[Step]:
    days = int(default.value("task_days"))
    return [
        PruneTasks(QUEUE, good_days=1, other_days=min(days, 7)),
        PruneTasks(telling.QUEUE, good_days=1, other_days=min(days, 7)),
        PruneMessages(days),
        PruneLogs(days, LAST, QUEUE),
    ]


def ask(*, by: str) -> Task:
    """Queue the pruning."""
    subject, keys = Subject("ledger", None, "tasks"), [Key("ledger:prune")]
    return ledger.ask("tasks_prune", subject=subject, keys=keys, by=by, priority=-20)
