"""The panel's socket, served by this very process, and a command line that speaks to it."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from click.testing import CliRunner, Result

from aegir.cli import main
from aegir.models import Site, Task
from tests import doors

Aegir = Callable[..., Result]
Ending = Callable[..., None]


class Quiet(uvicorn.Server):
    """Lives in a thread, where signals cannot be caught."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@pytest.fixture
def panel(transactional_db: None) -> Iterator[None]:
    from aegir.asgi import application, through

    path = Path(os.environ["AEGIR_HOME"]) / "run/api.sock"
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(str(path))
    listener.listen()
    config = uvicorn.Config(through("socket", application), lifespan="off", log_level="error")
    server = Quiet(config)
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    yield
    server.should_exit = True
    thread.join(20)
    path.unlink(missing_ok=True)


@pytest.fixture
def hosted(panel: None) -> Site:
    """A site that was moved once, another that is disabled, and a platform to go to."""
    site = doors.site()
    doors.site("off.example.org", state=Site.State.DISABLED)
    for home in (site.platform, doors.platform("d11", version="10.2.0")):
        for kind, name in (("core", "drupal"), ("profile", "standard"), ("module", "node")):
            doors.package(name, kind, version=home.version, platform=home)
    doors.kept(site)
    return site


@pytest.fixture
def ending(panel: None) -> Iterator[Ending]:
    """Let the next task that is asked for end in a state, as a worker would, once ``work`` was done on it."""
    over = threading.Event()
    threads: list[threading.Thread] = []

    def end_next(state: str, work: Callable[[Task], None], fields: dict[str, Any]) -> None:
        while not over.wait(0.05):
            task = Task.objects.filter(state="queued").first()
            if task is not None:
                work(task)
                Task.objects.filter(pk=task.pk).update(state=state, **fields)
                return

    def end_in(state: str, work: Callable[[Task], None] = lambda task: None, **fields: Any) -> None:
        told = {"error": "No room.", "remedy": "Make room.", **fields}
        threads.append(threading.Thread(target=end_next, args=(state, work, told)))
        threads[-1].start()

    yield end_in
    over.set()
    for thread in threads:
        thread.join(10)


@pytest.fixture
def aegir(panel: None) -> Aegir:
    """Run ``aegir …`` while the panel is up."""
    return run


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(main, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def answer(result: Result) -> Any:
    """What ``--json`` printed."""
    return json.loads(result.stdout)
