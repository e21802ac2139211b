"""What Aegir asks for by itself, again and again: one table."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone

from aegir.models import Schedule

STANDARD = {
    "retire": ("retire_due", timedelta(hours=1)),
    "cron": ("cron_due", timedelta(seconds=15)),
    "messages": ("messages_due", timedelta(seconds=10)),
    "fleets": ("fleets_due", timedelta(seconds=10)),
    "panel": ("panel_backup", timedelta(days=1)),
    "advisories": ("advisories_due", timedelta(days=1)),
    "room": ("room_due", timedelta(minutes=15)),
    "prune": ("tasks_prune", timedelta(days=1)),
}
"""Name → operation and how often."""


def ensure() -> None:
    """Have every standard schedule in the ledger; one that was switched off stays off."""
    for name, (operation, every) in STANDARD.items():
        row, _ = Schedule.objects.get_or_create(
            name=name, defaults={"operation": operation, "every": every, "next_at": timezone.now() + every}
        )
        if (row.operation, row.every) != (operation, every):
            row.operation, row.every = operation, every
            row.save(update_fields=["operation", "every"])
