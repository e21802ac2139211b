"""Wakes a sleeping worker: a datagram socket in the data folder, and the worker's own signals.

Nothing depends on it: a worker that hears nothing looks into the ledger a little later.
"""

from __future__ import annotations

import contextlib
import logging
import os
import select
import signal
import socket
from pathlib import Path
from typing import Self

from django.conf import settings

logger = logging.getLogger(__name__)


def _path() -> Path:
    return Path(settings.AEGIR_HOME) / "run" / "worker.sock"


def ring() -> None:
    """Wake the worker, if one listens."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaker, contextlib.suppress(OSError):
        speaker.setblocking(False)
        speaker.sendto(b"!", str(_path()))


class Bell:
    """The worker's end. With several workers on one data folder the newest hears it, the others poll."""

    def __init__(self) -> None:
        self._door = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._caught, self._signals = socket.socketpair()

    def __enter__(self) -> Self:
        try:
            self._open(_path())
        except OSError as error:
            logger.warning("Nobody can wake this worker, which is slower but does no harm: %s", error)
        for end in (self._door, self._caught, self._signals):
            end.setblocking(False)
        signal.set_wakeup_fd(self._signals.fileno(), warn_on_full_buffer=False)
        return self

    def _open(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        self._door.bind(str(path))
        path.chmod(0o600)
        if os.geteuid() == 0:  # the panel runs as the owner of the data folder
            home = path.parent.parent.stat()
            os.chown(path, home.st_uid, home.st_gid, follow_symlinks=False)

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        signal.set_wakeup_fd(-1)
        for end in (self._door, self._caught, self._signals):
            end.close()

    def wait(self, seconds: float) -> None:
        """Sleep until somebody rings, a signal comes or the time is over."""
        ready, _, _ = select.select([self._door, self._caught], [], [], seconds)
        for end in ready:
            with contextlib.suppress(BlockingIOError):
                while end.recv(4096):
                    continue
