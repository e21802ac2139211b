"""Processes killed in the middle of an install: how long until nothing is left of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator

from aegir.models import Task, TaskStep
from aegir.operations import site_install
from bench.clock import rounds, timed, until
from bench.ground import Ground, settle
from bench.table import Row

DOMAIN = "killed.localhost"
AIM = 10.0


def measure(ground: Ground, runs: int) -> Iterator[Row]:
    times = rounds(
        f"{ground.title}: kill -9 while Drupal installs",
        runs,
        lambda: {"task": _settled_after(ground, lambda task: int(task.process["leader"]))},
        lambda: {
            "worker": _settled_after(ground, lambda task: int(ground.instance.program("worker")["pid"]))
        },
    )
    what = f"{ground.title}: kill -9 of %s while Drupal installs, until all is undone"
    yield Row(what % "the task", times["task"], aim=AIM)
    yield Row(what % "the worker", times["worker"], aim=AIM)


def _settled_after(ground: Ground, victim: Callable[[Task], int]) -> float:
    task = site_install.ask(domain=DOMAIN, platform=ground.name, by="bench")
    installing = TaskStep.objects.filter(
        task=task, path__endswith=":InstallDrupal", state=TaskStep.State.DOING
    )
    until(installing.exists, "the installer")
    task.refresh_from_db()
    os.kill(victim(task), signal.SIGKILL)
    seconds = timed(lambda: settle(task, Task.State.FAILED))
    until(lambda: ground.instance.program("worker")["well"], "the worker")
    return seconds
