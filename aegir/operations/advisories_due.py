"""Ask for advisories to be fetched, where they are wanted. By schedule."""

from __future__ import annotations

from aegir.models import Task, feature
from aegir.operations import advisory_fetch

TITLE = "Fetch advisories that are due"


def ask(*, by: str) -> list[Task]:
    """Queue it; nothing where nobody wants it, and while it is being done."""
    if not feature.on("advisories") or not any(advisory_fetch.feeds().values()):
        return []
    if Task.objects.filter(operation="advisory_fetch", state__in=advisory_fetch.ACTIVE).exists():
        return []
    return [advisory_fetch.ask(by=by)]
