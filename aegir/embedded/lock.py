"""One supervisor a data folder: a lock that dies with its process, however that dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import IO

from aegir.errors import Refused


def hold(path: Path) -> IO[str]:
    """Take the lock, and keep it as long as the returned file is open. Refused when another has it."""
    file = _open(path)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        pid = file.read().strip() or "unknown"
        file.close()
        raise Refused(
            f"Aegir already runs on {path.parent.parent} (process {pid}); look with aegir status, end it with"
            " aegir down."
        ) from error
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def held(path: Path) -> bool:
    """Whether some process has the lock now."""
    if not path.exists():
        return False
    with _open(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _open(path: Path) -> IO[str]:
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600), "a+")
