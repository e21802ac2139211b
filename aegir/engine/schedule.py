"""Asks for what is due, again and again."""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from aegir.engine import recipe
from aegir.errors import AegirError
from aegir.models.task import Schedule

logger = logging.getLogger(__name__)

SHORTEST = timedelta(seconds=1)


def run_due() -> None:
    """Ask for every operation whose time has come; what was missed meanwhile is asked for once."""
    now = timezone.now()
    for row in Schedule.objects.filter(enabled=True, next_at__lte=now):
        with transaction.atomic():
            turn = Schedule.objects.filter(pk=row.pk, next_at=row.next_at, enabled=True)
            # Another worker may have been quicker.
            if turn.update(next_at=_next(row, now)):
                Schedule.objects.filter(pk=row.pk).update(last_error=_ask(row))


def _ask(row: Schedule) -> str:
    """Ask as anybody would; returns why it was refused, or ""."""
    try:
        with transaction.atomic():
            recipe.load(row.operation).ask("schedule", row.arguments)
    except AegirError as error:
        return str(error)
    except Exception as error:  # one bad schedule must not stop the worker or the other schedules
        logger.exception("The schedule %s could not ask for %s", row, row.operation)
        return f"{type(error).__name__}: {error}"
    return ""


def _next(row: Schedule, now: datetime) -> datetime:
    every = max(row.every, SHORTEST)
    return row.next_at + every * ((now - row.next_at) // every + 1)
