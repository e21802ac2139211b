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

Aegir = Callable[..., Result]


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
