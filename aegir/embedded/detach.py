"""Starting the supervisor in the background, and waiting until it is ready."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from typing import IO

from aegir.embedded.place import Place
from aegir.errors import Broken, Refused


def detach(place: Place) -> None:
    """Return once everything runs. Refused or Broken with the supervisor's own sentence when it does not."""
    reading, writing = os.pipe()
    with tempfile.TemporaryFile("w+") as said, os.fdopen(reading) as report:
        process = subprocess.Popen(
            [sys.executable, "-m", "aegir.embedded", "run", "--report", str(writing)],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env={**os.environ, **place.environment(), "PATH": os.environ.get("PATH", os.defpath)},
            cwd="/",
            pass_fds=(writing,),
            start_new_session=True,
        )
        os.close(writing)
        _judge(report.readline(), process, said)


def _judge(line: str, process: subprocess.Popen[bytes], said: IO[str]) -> None:
    if not line:
        process.wait()
        said.seek(0)
        raise Broken(
            f"Aegir's supervisor ended with code {process.returncode} before it was up:\n{said.read()}"
        )
    report = json.loads(line)
    if report["kind"] != "ready":
        process.wait()
        raise (Refused if report["kind"] == "refused" else Broken)(report["message"])
