"""One program whose output or input is handed to the caller, as it comes or goes.

No thread: whoever waits for the stream that he has also hears what else the program says, so that no full
pipe can hold it up for good.
"""

from __future__ import annotations

import fcntl
import io
import os
import secrets
import select
import struct
import termios
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, BinaryIO, Literal, cast

from aegir.drivers.host import Completed, Stream
from aegir.drivers.host.descendants import MARK, end
from aegir.drivers.host.process import ended_badly, not_started, too_slow
from aegir.drivers.host.spawning import Heard, nothing_to_read, pipe, spawn, spoken
from aegir.errors import Broken

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer, WriteableBuffer

ROOM = 1024 * 1024
"""Bytes that the pipe to the caller is to hold, and how many are moved at once."""


def printed_more(argv: Sequence[str]) -> Broken:
    return Broken(f"{spoken(argv)} printed more than was expected of it.")


def read_less(argv: Sequence[str]) -> Broken:
    return Broken(f"{spoken(argv)} ended before it had read all that it was given.")


class Source(io.RawIOBase):
    """A stream whose bytes come from ``take``, which fills a buffer and says how far; 0 is the end."""

    def __init__(self, take: Callable[[memoryview], int]) -> None:
        self._take = take

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        return self._take(memoryview(buffer))


class Sink(io.RawIOBase):
    """A stream whose bytes all go to ``give``."""

    def __init__(self, give: Callable[[memoryview], None]) -> None:
        self._give = give

    def writable(self) -> bool:
        return True

    def write(self, data: ReadableBuffer) -> int:
        view = memoryview(data).cast("B")
        self._give(view)
        return len(view)


class Streamed:
    """A running program. Both ends of its pipes stay open here until it is over: so it cannot break them, it
    alone decides when its output ends, and what it left unread can be counted."""

    def __init__(
        self,
        argv: Sequence[str],
        command: Sequence[str],
        env: Mapping[str, str],
        *,
        timeout: float,
        hands: Literal["output", "input"],
    ) -> None:
        """``command`` is what is started, ``argv`` what messages name."""
        self._argv = tuple(argv)
        self._timeout = timeout
        self._deadline = time.monotonic() + timeout
        self._mark = secrets.token_hex(16)
        self._open: list[int] = []
        self._heard: dict[int, Heard] = {}
        self._code: int | None = None
        self._good: Sequence[int] = (0,)
        try:
            theirs = self._pipes(hands)
            self._pid = spawn(command, {**env, MARK: self._mark}, theirs)
        except OSError as error:
            self._close()
            raise not_started(argv, error) from error

    @contextmanager
    def reading(self, codes: Sequence[int] = (0,)) -> Iterator[BinaryIO]:
        """``codes`` are those of a good end."""
        self._good = codes
        with self._attended(select.POLLIN):
            stream = io.BufferedReader(Source(self._take), ROOM)
            yield stream
            if self._take(memoryview(bytearray(1))) if stream.closed else stream.read(1):
                raise printed_more(self._argv)

    @contextmanager
    def writing(self) -> Iterator[BinaryIO]:
        with self._attended(select.POLLOUT):
            yield cast(BinaryIO, Sink(self._give))
            self._poll.unregister(self._ours)
            self._shut(self._ours)
            self._finish()
            if _unread(self._their):
                raise read_less(self._argv)

    def _pipes(self, hands: Literal["output", "input"]) -> list[int]:
        """Make the pipes; what the program is to have as its descriptors 0, 1 and 2."""
        reading, writing = self._pipe()
        with suppress(OSError):
            fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, ROOM)
        self._ours, self._their = (reading, writing) if hands == "output" else (writing, reading)
        os.set_blocking(self._ours, False)
        if hands == "output":
            nothing = nothing_to_read()
            self._open.append(nothing)
            return [nothing, writing, self._listen("err")]
        return [reading, self._listen("out"), self._listen("err")]

    def _listen(self, name: Stream) -> int:
        reading, writing = self._pipe()
        os.set_blocking(reading, False)
        self._heard[reading] = Heard(name)
        return writing

    def _pipe(self) -> tuple[int, int]:
        made = pipe()
        self._open += made
        return made

    @contextmanager
    def _attended(self, event: int) -> Iterator[None]:
        """Whatever ends the block before the program is over ends the program and all that it started."""
        try:
            self._ended = os.pidfd_open(self._pid)
            self._open.append(self._ended)
            self._poll = select.poll()
            self._poll.register(self._ours, event)
            for descriptor in (self._ended, *self._heard):
                self._poll.register(descriptor, select.POLLIN)
            yield
        finally:
            if self._code is None:
                end(self._pid, self._mark)
                os.waitpid(self._pid, os.WNOHANG)
            self._close()

    def _take(self, buffer: memoryview) -> int:
        ended = False
        while True:
            with suppress(BlockingIOError):
                return os.readv(self._ours, [buffer])
            if ended:
                self._finish()
                return 0
            ended = self._wait()

    def _give(self, data: memoryview) -> None:
        while data:
            try:
                data = data[os.write(self._ours, data[:ROOM]) :]
            except BlockingIOError:
                if self._wait():
                    self._finish()
                    raise read_less(self._argv) from None

    def _wait(self) -> bool:
        """Until the stream in hand can be tried again, or the program has ended: True."""
        left = self._deadline - time.monotonic()
        ready = [descriptor for descriptor, _ in self._poll.poll(max(left, 0) * 1000)]
        if not ready:
            raise too_slow(self._argv, self._timeout)
        for descriptor in ready:
            if descriptor in self._heard:
                self._heard[descriptor].read(descriptor, None)
        return self._ended in ready

    def _finish(self) -> None:
        """Wait for the program's end; raise Broken unless it was a good one."""
        if self._code is None:
            while not self._wait():
                continue
            for descriptor, heard in self._heard.items():
                heard.finish(descriptor, None)
            self._code = os.waitstatus_to_exitcode(os.waitpid(self._pid, 0)[1])
        if self._code not in self._good:
            said = {heard.name: heard.text() for heard in self._heard.values()}
            raise ended_badly(Completed(self._argv, self._code, said.get("out", ""), said["err"]))

    def _shut(self, descriptor: int) -> None:
        self._open.remove(descriptor)
        os.close(descriptor)

    def _close(self) -> None:
        while self._open:
            os.close(self._open.pop())


def _unread(descriptor: int) -> int:
    """How many bytes lie in a pipe."""
    (count,) = struct.unpack("i", fcntl.ioctl(descriptor, termios.FIONREAD, bytes(4)))
    return int(count)
