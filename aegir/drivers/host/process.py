"""One program from its start to its end, without a shell.

What ``posix_spawn`` cannot do, two small programs that every Debian has do on the way: ``env`` changes the
directory, ``setpriv`` the user and his groups.
"""

from __future__ import annotations

import os
import secrets
import selectors
import shutil
import time
from collections.abc import Callable, Mapping, Sequence

from aegir.drivers.host import Completed, Listener, Stream
from aegir.drivers.host.descendants import MARK, end
from aegir.drivers.host.identity import account, home, present_user
from aegir.drivers.host.paths import absolute
from aegir.drivers.host.spawning import CHUNK, Heard, nothing_to_read, pipe, spawn, spoken
from aegir.errors import Broken

LAST_LINES = 5
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


def prepare(argv: Sequence[str], user: str | None, cwd: str | None) -> list[str]:
    """The command with its program's full path, behind what changes directory and user."""
    if cwd is not None:
        absolute(cwd)
    program = [_program(argv[0], cwd), *argv[1:]]
    if user is not None and (entry := account(user)).pw_uid != os.geteuid():
        if os.geteuid() != 0:
            raise only_root(user, present_user())
        ids = [f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--init-groups"]
        program = [_program("setpriv", None), *ids, "--", *program]
    if cwd is not None:
        if not os.path.isdir(cwd):
            raise Broken(f"Could not run {spoken(argv)}: there is no directory {cwd}.")
        if "=" in program[0]:
            raise Broken(f"Could not run {program[0]}: a program's path may not hold «=».")
        program = [_program("env", None), f"--chdir={cwd}", *program]
    return program


def environment(user: str | None, extra: Mapping[str, str] | None) -> dict[str, str]:
    """What a program gets to see: nothing of this process's own but the task's id."""
    clean = {"PATH": PATH, "HOME": home(user), "LANG": "C.UTF-8"}
    if task := os.environ.get("AEGIR_TASK"):
        clean["AEGIR_TASK"] = task
    return clean | dict(extra or {})


def only_root(user: str, present: str) -> Broken:
    return Broken(
        f"Only root can run programs as «{user}», and this process runs as «{present}»: "
        f"start Aegir as root, or name «{present}» as the user."
    )


def no_program(name: str) -> Broken:
    return Broken(f"There is no program «{name}» on this machine, or it may not be run: install it.")


def not_started(argv: Sequence[str], error: OSError) -> Broken:
    return Broken(f"Could not start {spoken(argv)}: {error.strerror}.")


def too_slow(argv: Sequence[str], timeout: float) -> Broken:
    return Broken(f"{spoken(argv)} did not end within {timeout:g} s and was stopped.")


def ended_badly(completed: Completed) -> Broken:
    """What to say of a program that ended with a code other than 0."""
    said = (completed.err.strip() or completed.out.strip()).splitlines()[-LAST_LINES:]
    how = (
        f"ended with code {completed.code}"
        if completed.code > 0
        else f"was ended by signal {-completed.code}"
    )
    return Broken(f"{spoken(completed.argv)} {how}" + (": " + " / ".join(said) if said else "."))


class Program:
    """A running program, its streams, and what they said so far."""

    def __init__(
        self, argv: Sequence[str], env: Mapping[str, str], *, stdin: str | None, answers: bool
    ) -> None:
        self._mark = secrets.token_hex(16)
        self._streams: dict[int, Heard] = {}
        self._stdin = memoryview((stdin or "").encode())
        self._writer: int | None = None
        self._over = False
        """Whether it ended by itself."""
        self.pid = self._spawn(argv, {**env, MARK: self._mark}, stdin is not None, answers)

    def finish(
        self,
        timeout: float,
        listener: Listener | None,
        watch: Callable[[], None] | None = None,
        *,
        leave: bool = True,
    ) -> int | None:
        """Feed and read until the program ends; its exit code, or None when it was too slow and was killed.

        Whatever else ends the wait (a listener or watch that raises, a signal) ends the program too.
        """
        try:
            return self._attend(time.monotonic() + timeout, listener, watch)
        finally:
            if not self._over:
                end(self.pid, self._mark)
                os.waitpid(self.pid, os.WNOHANG)
            elif not leave:
                end(None, self._mark)
            self._close()

    def text(self, name: Stream) -> str:
        return next((stream.text() for stream in self._streams.values() if stream.name == name), "")

    def _spawn(self, argv: Sequence[str], env: Mapping[str, str], fed: bool, answers: bool) -> int:
        theirs: list[int] = []
        try:
            if fed:
                reading, self._writer = pipe()
                os.set_blocking(self._writer, False)
                theirs.append(reading)
            else:
                theirs.append(nothing_to_read())
            names: list[Stream] = ["out", "err", "answer"] if answers else ["out", "err"]
            for name in names:
                ours, writing = pipe()
                os.set_blocking(ours, False)
                self._streams[ours] = Heard(name)
                theirs.append(writing)
            return spawn(argv, env, theirs)
        except OSError as error:
            self._close()
            raise not_started(argv, error) from error
        finally:
            for descriptor in theirs:
                os.close(descriptor)

    def _attend(
        self, deadline: float, listener: Listener | None, watch: Callable[[], None] | None
    ) -> int | None:
        ended = os.pidfd_open(self.pid)
        try:
            with selectors.DefaultSelector() as selector:
                selector.register(ended, selectors.EVENT_READ)
                for descriptor in self._streams:
                    selector.register(descriptor, selectors.EVENT_READ)
                if self._writer is not None:
                    selector.register(self._writer, selectors.EVENT_WRITE)
                watched = time.monotonic()
                while (left := deadline - time.monotonic()) > 0:
                    ready = [key.fd for key, _ in selector.select(left if watch is None else min(left, 1))]
                    if watch is not None and time.monotonic() - watched >= 1:
                        watch()
                        watched = time.monotonic()
                    for descriptor in ready:
                        if descriptor != ended and not self._move(descriptor, listener):
                            selector.unregister(descriptor)
                            if descriptor == self._writer:
                                self._close_writer()
                    if ended in ready:
                        return self._reap(listener)
            return None
        finally:
            os.close(ended)

    def _move(self, descriptor: int, listener: Listener | None) -> bool:
        """Move what is ready; False when nothing more will come or go."""
        if descriptor == self._writer:
            return self._feed()
        return self._streams[descriptor].read(descriptor, listener)

    def _feed(self) -> bool:
        assert self._writer is not None
        try:
            self._stdin = self._stdin[os.write(self._writer, self._stdin[:CHUNK]) :]
        except BlockingIOError:
            return True
        except BrokenPipeError:
            return False
        return bool(self._stdin)

    def _reap(self, listener: Listener | None) -> int:
        for descriptor, stream in self._streams.items():
            stream.finish(descriptor, listener)
        self._over = True
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _close_writer(self) -> None:
        if self._writer is not None:
            os.close(self._writer)
            self._writer = None

    def _close(self) -> None:
        self._close_writer()
        for descriptor in self._streams:
            os.close(descriptor)


def _program(name: str, cwd: str | None) -> str:
    found = shutil.which(os.path.join(cwd or "/", name) if "/" in name else name, path=PATH)
    if found is None:
        raise no_program(name)
    return found
