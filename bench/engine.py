"""The engine alone: ``python -m bench.engine RUNS`` prints its times as JSON.

A process of its own, since it needs a ledger and settings of its own, with a real worker beside it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import django
from django.core.management import call_command

from bench.clock import rounds, until

STEPS = 10
PAUSE = 0.1
"""Seconds between two tasks, so that the worker is idle again."""


def main(runs: int) -> None:
    with tempfile.TemporaryDirectory(prefix="aegir-bench-") as home, _worker(home):
        times = rounds("engine", runs, ten_steps)
    print(json.dumps({name: each.seconds for name, each in times.items()}))


def ten_steps() -> dict[str, float]:
    """From asking until a worker that slept has started, and until the end is in the ledger."""
    from bench.recipes import nothing  # needs the models, and they need Django set up

    time.sleep(PAUSE)
    asked = time.time()
    task = nothing.ask(steps=STEPS, by="bench")

    def over() -> bool:
        task.refresh_from_db()
        return task.over

    until(over, "the end of the task")
    ended = time.time()
    if task.state != task.State.SUCCEEDED or task.started_at is None:
        raise RuntimeError(f"the task ended {task.state}: {task.error}")
    return {"start": task.started_at.timestamp() - asked, "whole": ended - asked}


@contextmanager
def _worker(home: str) -> Iterator[None]:
    os.environ.update(AEGIR_HOME=home, DJANGO_SETTINGS_MODULE="bench.engine_settings")
    django.setup()
    call_command("migrate", verbosity=0)
    with (Path(home) / "worker.log").open("wb") as log:
        worker = subprocess.Popen([sys.executable, "-m", "aegir.engine.worker"], stderr=log)
        try:
            until((Path(home) / "run/worker.sock").exists, "the worker")
            yield
        finally:
            worker.terminate()
            worker.wait(30)


if __name__ == "__main__":
    main(int(sys.argv[1]))
