"""Programs of the machine in memory: functions that tests register."""

from __future__ import annotations

import io
import posixpath
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO, cast

from aegir.drivers.host import Completed, Listener
from aegir.drivers.host.entries import Entries
from aegir.drivers.host.faults import Breakable, counted
from aegir.drivers.host.identity import no_account
from aegir.drivers.host.paths import absolute
from aegir.drivers.host.process import ended_badly, no_program, only_root, too_slow
from aegir.drivers.host.spawning import spoken
from aegir.drivers.host.streaming import Sink, Source, printed_more
from aegir.errors import Broken


@dataclass(frozen=True)
class Call:
    """What a registered program is given."""

    argv: tuple[str, ...]
    stdin: str | None
    env: Mapping[str, str]
    user: str
    cwd: str | None


@dataclass(frozen=True)
class Reply:
    """What a registered program says and how it ends."""

    code: int = 0
    out: str = ""
    err: str = ""
    answers: str = ""


class Programs(Breakable):
    """The part of a machine that runs programs."""

    def __init__(self, user: str, users: Sequence[str]) -> None:
        super().__init__()
        self.user = user
        self.is_root = user == "root"
        self.users = {*users, user}
        self.commands: dict[str, Callable[[Call], Reply]] = {}
        """Programs by their file name; one that raises TimeoutError counts as too slow."""
        self._files = Entries(user, self.users)

    @counted
    def run(
        self,
        argv: Sequence[str],
        *,
        stdin: str | None = None,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        cwd: str | None = None,
        timeout: float = 60.0,
        check: bool = True,
        answers: bool = False,
        listener: Listener | None = None,
        watch: Callable[[], None] | None = None,
        leave: bool = True,
    ) -> Completed:
        user = user or self.user
        if not self.user_exists(user):
            raise no_account(user)
        if user != self.user and not self.is_root:
            raise only_root(user, self.user)
        if cwd is not None and self._files.kind(absolute(cwd)) != "directory":
            raise Broken(f"Could not run {spoken(argv)}: there is no directory {cwd}.")
        program = self.commands.get(posixpath.basename(argv[0]))
        if program is None:
            raise no_program(argv[0])
        try:
            reply = program(Call(tuple(argv), stdin, dict(env or {}), user, cwd))
        except TimeoutError:
            raise too_slow(argv, timeout) from None
        if watch is not None:
            watch()
        said = reply.answers if answers else ""
        if listener is not None:
            _tell(listener, reply, said)
        completed = Completed(tuple(argv), reply.code, reply.out, reply.err, said)
        if check and completed.code != 0:
            raise ended_badly(completed)
        return completed

    @contextmanager
    def reading(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        cwd: str | None = None,
        timeout: float = 3600.0,
        codes: Sequence[int] = (0,),
    ) -> Iterator[BinaryIO]:
        done = self.run(argv, env=env, user=user, cwd=cwd, timeout=timeout, check=False)
        printed = io.BytesIO(done.out.encode(errors="surrogateescape"))

        def take(buffer: memoryview) -> int:
            if (size := printed.readinto(buffer)) == 0 and done.code not in codes:
                raise ended_badly(done)
            return size

        stream = io.BufferedReader(Source(take))
        yield stream
        if not stream.closed and stream.read(1):
            raise printed_more(argv)
        if done.code not in codes:
            raise ended_badly(done)

    @contextmanager
    def writing(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        user: str | None = None,
        cwd: str | None = None,
        timeout: float = 3600.0,
    ) -> Iterator[BinaryIO]:
        """The program runs when the block is left, with all that was written."""
        given = bytearray()
        yield cast(BinaryIO, Sink(given.extend))
        text = given.decode(errors="surrogateescape")
        self.run(argv, stdin=text, env=env, user=user, cwd=cwd, timeout=timeout)

    def user_exists(self, name: str) -> bool:
        return name in self.users


def _tell(listener: Listener, reply: Reply, said: str) -> None:
    for line in reply.out.splitlines():
        listener("out", line)
    for line in reply.err.splitlines():
        listener("err", line)
    for line in said.splitlines():
        listener("answer", line)
