"""What carries a task to a worker. The file name is the registry: ``settings.AEGIR_TRANSPORT`` names one.

The ledger stays the only truth: a transport may lose, repeat or delay anything it is given, since a worker
starts a task only by a conditional update of its row.
"""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Protocol, cast

from django.conf import settings


class Transport(Protocol):
    """What a module of this package offers."""

    def submit(self, task: int) -> None:
        """Tell the workers that the task waits. Never fails: a worker finds it in the ledger at last."""

    def cancel(self, task: int) -> None:
        """Tell the worker that runs the task to stop it."""

    def run_worker(self, queues: Sequence[str] = (), slots: int = 1) -> None:
        """Run tasks of these queues (none named: of all), ``slots`` at a time, until SIGTERM."""


def active() -> Transport:
    """The transport that the settings name."""
    name = getattr(settings, "AEGIR_TRANSPORT", "builtin")
    return cast(Transport, importlib.import_module(f"{__name__}.{name}"))
