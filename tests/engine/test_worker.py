"""Real workers with real processes."""

from __future__ import annotations

from aegir.models.task import Task
from tests.engine.processes import Workers, over
from tests.recipes import anything


def test_a_worker_runs_what_was_asked_for(workers: Workers) -> None:
    workers.start()
    task = anything.ask(by="alice", steps=[["Put", {"name": "a", "value": "1"}]])
    assert over(task).state == Task.State.SUCCEEDED
    assert (workers.folder / "a").read_text() == "1"
