"""What has a fixed name, for everybody alike: settings, features, queues."""

from __future__ import annotations

from aegir.access.actor import NotFound
from aegir.access.table import QUEUES
from aegir.models import (
    names,
)
from aegir.models.default import KINDS
from aegir.models.feature import PARTS


def setting(name: str) -> str:
    """The name, if there is a default of that name; NotFound otherwise."""
    if name not in KINDS:
        raise NotFound(f"There is no setting «{names.shown(name)}»: choose from {', '.join(KINDS)}.")
    return name


def part(name: str) -> str:
    """The name, if there is a feature of that name; NotFound otherwise."""
    if name not in PARTS:
        raise NotFound(f"There is no feature «{names.shown(name)}»: choose from {', '.join(PARTS)}.")
    return name


def queue(name: str) -> str:
    """The name, if a queue has it; NotFound otherwise."""
    if name not in QUEUES:
        raise NotFound(f"There is no queue «{names.shown(name)}»: the queues are {', '.join(QUEUES)}.")
    return name
