"""Real workers for the tests, as processes of their own on the test's database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from django.db import connection

from aegir.models.task import Task

PATIENCE = 30.0
"""Seconds after which something that should happen is taken not to."""


def until(true: Callable[[], object], what: str) -> None:
    """Wait until it is true."""
    end = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > end:
            raise AssertionError(f"waited in vain for: {what}")
        time.sleep(0.01)


def over(task: Task) -> Task:
    """The task once it has ended."""

    def ended() -> bool:
        task.refresh_from_db()
        return task.over

    until(ended, f"the end of {task}")
    return task


def runs(pid: int) -> bool:
    """Whether the process is there and not only waiting to be buried."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return False


class Workers:
    """Starts workers, and ends every one of them at last."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.transport = "builtin"
        self.started: list[subprocess.Popen[bytes]] = []

    def start(self, slots: int = 2, **tuning: float) -> subprocess.Popen[bytes]:
        """``tuning`` is for tests.engine.worker."""
        environment = {
            **os.environ,
            "DJANGO_SETTINGS_MODULE": "tests.engine.worker_settings",
            "AEGIR_TEST_DATABASE": str(connection.settings_dict["NAME"]),
            "AEGIR_TEST_MACHINE": str(self.folder),
            "AEGIR_TEST_TRANSPORT": self.transport,
            "AEGIR_TEST_TIMEOUT": str(tuning.get("timeout", 20)),
            "AEGIR_SLOTS": str(slots),
        }
        program = [sys.executable, "-m", "tests.engine.worker", json.dumps(tuning)]
        worker = subprocess.Popen(program, env=environment)
        self.started.append(worker)
        return worker

    def end(self) -> None:
        for worker in self.started:
            worker.terminate()
        for worker in self.started:
            worker.wait(PATIENCE)
