"""Admits tasks, runs each in a process of its own, watches over them, and recovers lost ones.

One thread, and no database connection across a fork.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from types import FrameType

from django.db import OperationalError, connections

from aegir.engine import admission, recovery, runner, schedule
from aegir.engine.bell import Bell
from aegir.engine.journal import Superseded
from aegir.engine.process import Group
from aegir.engine.recovery import Takeover
from aegir.models.task import Task, Worker

logger = logging.getLogger(__name__)

POLL = 0.2
"""Seconds between two looks into the ledger when nobody rings, which all who ask for something do."""
SOON = 0.01
"""The same while killed processes are dying."""
BEAT = 1.0
"""Seconds between two signs of life."""
PRESENCE = 3.0
"""Seconds between two notes that the worker is there, which cost a write even while nothing is done."""
GRACE = 10.0
"""Seconds that running tasks get to end when the worker is asked to stop."""


@dataclass
class Child:
    """A process that runs one attempt."""

    pid: int
    task: int
    token: str
    stopping: bool = False
    """Being killed, or itself the attempt that undoes a cancelled one."""


class Foreman:
    """Runs up to ``slots`` tasks at a time from ``queues`` (none named: from all)."""

    def __init__(self, slots: int = 1, name: str = "", queues: Sequence[str] = ()) -> None:
        self.slots = slots
        self.name = name or f"{socket.gethostname()}:{os.getpid()}"
        self.queues = queues
        self.children: list[Child] = []
        self.takeovers: list[Takeover] = []
        self.stop_at: float | None = None
        self._next_beat = 0.0
        self._next_presence = 0.0

    def run(self) -> None:
        """Work until SIGTERM, then give what runs a little time, and leave the rest to recovery."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        with Bell() as self.bell:
            logger.info("Worker %s is up, %d slots", self.name, self.slots)
            while self.stop_at is None or (self.children and time.monotonic() < self.stop_at):
                well = self._tick()
                dying = any(takeover.dying for takeover in self.takeovers)
                self.bell.wait((SOON if dying else POLL) if well else BEAT)
            self._leave()

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self.stop_at = time.monotonic() + GRACE

    def _tick(self) -> bool:
        """Look at everything once; False when the machine did not let it."""
        try:
            self._reap()
            if time.monotonic() >= self._next_beat:
                self._next_beat = time.monotonic() + BEAT
                self._beat()
            if self.stop_at is None:
                self._cancel()
                self._begin_takeovers()
                self._admit()
        except (OperationalError, OSError):
            # The ledger is busy, or disk, memory or processes have run out. That passes; what was dropped
            # half-way is found again when its lease is over.
            logger.exception("The worker cannot go on just now")
            connections.close_all()
            return False
        return True

    def _admit(self) -> None:
        free = self.slots - len(self.children) - len(self.takeovers)
        if free > 0:
            for task in admission.admit(self.name, free, self.queues):
                self._launch(task, recovery.new_token())

    def _beat(self) -> None:
        """What is due each second: signs of life, and a look at what others have let slip."""
        if time.monotonic() >= self._next_presence:
            self._next_presence = time.monotonic() + PRESENCE
            Worker.beat(self.name, self.slots)
        lost = recovery.beat(self._tokens())
        for child in self.children:
            if child.token in lost and not child.stopping:
                self._kill_if_superseded(child)
        self.takeovers = [each for each in self.takeovers if each.token not in lost]
        if self.stop_at is None:
            admission.release_unstarted()
            for task, token in recovery.expired():
                self._take_over(task, token)
            schedule.run_due()

    def _tokens(self) -> list[str]:
        return [child.token for child in self.children] + [takeover.token for takeover in self.takeovers]

    def _kill_if_superseded(self, child: Child) -> None:
        """A child that has not started yet has no token in the ledger either: leave it alone."""
        row = Task.objects.filter(pk=child.task, state=Task.State.RUNNING).exclude(token=child.token)
        if row.exists():
            logger.warning("Task %d was taken over by another worker", child.task)
            os.kill(child.pid, signal.SIGKILL)
            child.stopping = True

    def _reap(self) -> None:
        for child in list(self.children):
            pid, status = os.waitpid(child.pid, os.WNOHANG)
            if pid:
                self.children.remove(child)
                if status:
                    logger.warning("The process of task %d ended with status %d", child.task, status)
                self._take_over(child.task, child.token)

    def _take_over(self, task: int, token: str) -> None:
        takeover = recovery.take_over(task, token, self.name)
        if takeover:
            logger.warning("Task %d was interrupted and is taken up again", task)
            self.takeovers.append(takeover)

    def _begin_takeovers(self) -> None:
        for takeover in list(self.takeovers):
            if takeover.ready():
                self.takeovers.remove(takeover)
                self._launch(takeover.task, takeover.token, stopping=True)

    def _cancel(self) -> None:
        """Kill the leader of what is to be cancelled; the rest goes as with any interrupted task."""
        running = {child.task: child for child in self.children if not child.stopping}
        if running:
            asked = Task.objects.filter(pk__in=running, committed=False).exclude(cancel_by="")
            for task in asked.values_list("pk", flat=True):
                running[task].stopping = True
                os.kill(running[task].pid, signal.SIGKILL)

    def _launch(self, task: int, token: str, *, stopping: bool = False) -> None:
        connections.close_all()  # SQLite forbids to carry a connection over a fork, even to close it there
        sys.stdout.flush()
        sys.stderr.flush()
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become(task, token, parent)
        self.children.append(Child(pid, task, token, stopping))

    def _become(self, task: int, token: str, parent: int) -> None:
        """Be the process of one attempt; never returns."""
        status = 1
        try:
            self.bell.close()
            self._attempt(task, token, parent)
            status = 0
        except Superseded:
            status = 0
        except BaseException:  # the worker finds the task unfinished and takes it up again
            logger.exception("The process of task %d died", task)
        finally:
            os._exit(status)

    def _attempt(self, task: int, token: str, parent: int) -> None:
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        group = Group.lead(f"{task}:{token}", parent)
        if admission.start(task, token, asdict(group)):
            runner.run(task, token, before_end=group.end_others)

    def _leave(self) -> None:
        """End what still runs; its leases are over at once, so that the next worker need not wait."""
        for child in self.children:
            os.kill(child.pid, signal.SIGKILL)
            os.waitpid(child.pid, 0)
        recovery.let_go(self._tokens())
        Worker.objects.filter(name=self.name).delete()
        connections.close_all()
