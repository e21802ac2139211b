"""Starting a program on given descriptors, and keeping the last part of what it says.

``posix_spawn`` rather than ``subprocess``: it can put the answers on exactly descriptor 3 without running
Python between fork and exec, which threads make unsafe.
"""

from __future__ import annotations

import fcntl
import os
import shlex
import signal
from collections.abc import Mapping, Sequence

from aegir.drivers.host import Listener, Stream

KEPT = 1024 * 1024
"""Bytes of each stream that are kept: the last ones."""
CHUNK = 65536


def spoken(argv: Sequence[str]) -> str:
    """The command as messages name it."""
    text = shlex.join(argv)
    return text if len(text) <= 200 else f"{text[:200]}…"


def spawn(argv: Sequence[str], env: Mapping[str, str], descriptors: Sequence[int]) -> int:
    """Start a program whose descriptors 0, 1, 2 … are the given ones; its pid."""
    return os.posix_spawn(
        argv[0],
        list(argv),
        dict(env),
        file_actions=[(os.POSIX_SPAWN_DUP2, given, number) for number, given in enumerate(descriptors)],
        setsigmask=(),
        setsigdef=(signal.SIGPIPE, signal.SIGXFSZ),
    )


def pipe() -> tuple[int, int]:
    """A pipe: (reading, writing)."""
    reading, writing = os.pipe()
    return high(reading), high(writing)


def nothing_to_read() -> int:
    return high(os.open("/dev/null", os.O_RDONLY | os.O_CLOEXEC))


def high(descriptor: int) -> int:
    """The same file on a number that the child's own 0 to 3 cannot clash with."""
    try:
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    finally:
        os.close(descriptor)


class Heard:
    """What came in on one stream: the last part of it, and the line that is not whole yet."""

    def __init__(self, name: Stream) -> None:
        self.name = name
        self.idle = False
        """Whether the last read found the pipe empty."""
        self._kept = bytearray()
        self._line = bytearray()

    def read(self, descriptor: int, listener: Listener | None) -> bool:
        """Take what is there, without waiting; False at the end of the stream."""
        try:
            data = os.read(descriptor, CHUNK)
        except BlockingIOError:
            self.idle = True
            return True
        self.idle = False
        self._kept += data
        if len(self._kept) > 2 * KEPT:
            del self._kept[:-KEPT]
        if listener is not None:
            self._tell(data, listener)
        return bool(data)

    def finish(self, descriptor: int, listener: Listener | None) -> None:
        """Take what the ended program said last, and tell of a last line without a newline.

        Not until the stream's end: a daemon that the program left behind, as it may, keeps it open.
        """
        for _ in range(64):
            if not self.read(descriptor, listener) or self.idle:
                break
        if listener is not None and self._line:
            self._tell(b"\n", listener)

    def text(self) -> str:
        return self._kept[-KEPT:].decode(errors="replace")

    def _tell(self, data: bytes, listener: Listener) -> None:
        self._line += data
        if b"\n" not in data and len(self._line) <= KEPT:
            return
        *lines, rest = self._line.split(b"\n") if b"\n" in data else [self._line, bytearray()]
        self._line = bytearray(rest)
        for line in lines:
            listener(self.name, line.decode(errors="replace"))
