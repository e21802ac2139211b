"""The default transport: workers look into the ledger themselves, and a bell tells them when."""

from __future__ import annotations

from collections.abc import Sequence

from aegir.engine import bell


def submit(task: int) -> None:
    bell.ring()


def cancel(task: int) -> None:
    bell.ring()


def run_worker(queues: Sequence[str] = (), slots: int = 1) -> None:
    from aegir.engine.foreman import Foreman  # doors that only submit need not load the runner

    Foreman(slots=slots, queues=queues).run()
