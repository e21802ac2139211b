"""How a task ends, whoever ends it: the runner, or a person who cancels it or gives it up."""

from __future__ import annotations

import logging

from django.db import transaction
from django.utils import timezone

from aegir.engine import recipe
from aegir.models.task import Task

logger = logging.getLogger(__name__)

GOOD = (Task.State.SUCCEEDED, Task.State.WARNED)


def end(task: Task, state: Task.State, *, error: str = "", remedy: str = "", unused: bool = False) -> None:
    """Write the terminal state, free the keys and tell recipe and package. Runs in the caller's transaction.

    A stuck task keeps its keys: nobody else may touch what is half done. A dry run ends well, and so does
    what found nothing to do (``unused``); their recipes are told all the same, since nothing of what they
    prepared will come.
    """
    task.state, task.error, task.remedy = state, error, remedy
    task.ended_at = timezone.now()
    task.token, task.lease_until, task.process, task.progress = "", None, {}, []
    _save(task)
    if state not in GOOD or task.dry_run or unused:
        _tell(task)
    if task.state != Task.State.STUCK:
        task.keys.update(held=False)
    if not task.dry_run:
        _announce(task)


def _tell(task: Task) -> None:
    """Call the recipe's ``ended``; when that fails, the task is stuck, so that resuming calls it again."""
    try:
        with transaction.atomic():
            recipe.load(task.operation).ended(task)
    # Code of any package: whatever it raises, the task must end, or its keys would be held for ever.
    except Exception as error:
        logger.exception("The recipe of %s could not note its end", task)
        task.state = Task.State.STUCK
        said = f"The operation could not note its end ({type(error).__name__}: {error})"
        task.remedy = f"{task.remedy} {said}; resume the task.".strip()
        _save(task)


def _announce(task: Task) -> None:
    """Tell the recipe's package; whatever that makes of it, the task has ended."""
    try:
        with transaction.atomic():
            recipe.load(task.operation).over(task)
    except Exception:  # as above: who wants to hear of an end must not prevent it, whatever goes wrong
        logger.exception("The end of %s could not be told", task)


def _save(task: Task) -> None:
    task.save(
        update_fields=["state", "error", "remedy", "ended_at", "token", "lease_until", "process", "progress"]
    )
