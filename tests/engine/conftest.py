"""Tasks on a make-believe machine, run in this very process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from aegir.engine import admission, recovery, runner
from aegir.models.task import Task
from tests.engine.processes import Workers
from tests.recipes import anything, machine


@pytest.fixture(autouse=True)
def _make_believe(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.AEGIR_OPERATIONS = ["tests.recipes", *settings.AEGIR_OPERATIONS]
    monkeypatch.setattr(runner, "PAUSES", (0.0, 0.0))
    monkeypatch.setattr(runner, "PATIENT_PAUSES", (0.0, 0.0, 0.0, 0.0))


@pytest.fixture
def memory() -> Iterator[machine.Memory]:
    """The machine that the steps work on."""
    here = machine.Memory()
    machine.use(here)
    yield here
    machine.use(None)


@pytest.fixture
def cook(memory: machine.Memory, db: None) -> Callable[..., Task]:
    """Ask for a task of these steps and run it as far as it goes."""

    def cook(*steps: list[Any], **more: Any) -> Task:
        task = anything.ask(by="alice", steps=list(steps), **more)
        return go_on(task)

    return cook


def go_on(task: Task) -> Task:
    """Admit the task and run one attempt at it, as a worker's child would."""
    assert admission.admit("w", 1) == [task.pk]
    token = recovery.new_token()
    assert admission.start(task.pk, token, {})
    runner.run(task.pk, token)
    task.refresh_from_db()
    return task


@pytest.fixture
def workers(transactional_db: None, tmp_path: Path) -> Iterator[Workers]:
    """Workers on a machine that is the folder ``workers.folder``."""
    here = Workers(tmp_path)
    yield here
    here.end()
