"""Let every fleet go on that is not over. By schedule, so that none depends on anybody's having told it."""

from __future__ import annotations

import logging

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from aegir.models import Fleet, FleetSite, Task
from aegir.operations import fleet_course

TITLE = "Let fleets go on"
logger = logging.getLogger(__name__)


def ask(*, by: str) -> list[Task]:
    """Nothing is queued but what the fleets ask for themselves."""
    at_work = FleetSite.objects.filter(fleet=OuterRef("pk"), state__in=FleetSite.AT_WORK)
    for fleet in Fleet.objects.filter(Q(state__in=Fleet.GOING) | Exists(at_work)).order_by("pk"):
        try:
            with transaction.atomic():
                fleet_course.advance(fleet.pk)
        except Exception:  # one fleet must not keep the others from going on
            logger.exception("The %s could not go on", fleet)
    return []
