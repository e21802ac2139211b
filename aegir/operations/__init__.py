"""Verbs: one file, one list of steps, readable top to bottom.

Each module is a recipe: ``TITLE``, ``ask`` (validates at the door, queues a task), ``plan`` (the steps, made
once when the task first starts) and, where something must follow from failing, ``ended``.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import cast

from django.conf import settings
from django.db import transaction

from aegir import drivers
from aegir.drivers.host import Host
from aegir.engine import recipe
from aegir.engine.step import Json, Log
from aegir.models import Secret, Tally, Task
from aegir.operations import fleet_course, telling
from aegir.steps.world import World

logger = logging.getLogger(__name__)


def world(task: Task, log: Log, found: Mapping[str, Json]) -> World:
    """What the steps of ``task`` may touch."""
    return World(
        task=task.pk,
        log=log,
        found=found,
        connect=connect,
        unseal=lambda number: Secret.objects.get(pk=number).reveal(),
        seal=lambda value, purpose: Secret.seal(value, purpose).pk,
        bridge=str(settings.AEGIR_BRIDGE),
        ask=lambda operation, arguments: recipe.load(operation).ask(task.asked_by, arguments),
        kept=str(settings.AEGIR_HOME / "kept"),
    )


def over(task: Task) -> None:
    """A task is over: it is counted, who wanted to hear of it is told, and a fleet that it was of goes on."""
    Tally.add(task)
    telling.tell(task)
    try:
        with transaction.atomic():
            fleet_course.heard(task)
    except Exception:  # the schedule lets it go on soon; what is written above must stay
        logger.exception("The fleet of %s could not go on", task)


def warm_up() -> None:
    """Have what steps need in memory before the worker forks."""
    drivers.load_all()


def connect(name: str) -> Host:
    """The host of a server; every server is this machine until remote ones come."""
    return cast(Host, drivers.load("host", "local")(name))
