"""Changing the configuration of a running service: all or nothing, tested, and live when the call returns."""

from __future__ import annotations

import json
import re
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from aegir.drivers.host import Host
from aegir.errors import AegirError, Broken, Unreachable

Texts = dict[str, bytes | None]
"""Path → what the file holds; None where there is, or is to be, no file."""

GRACE = 10.0
"""Seconds that a service may take to come back when its supervisor restarts it."""
RELOAD = 30.0
"""Seconds that a reload may take until the new configuration answers."""


class Rollout(ABC):
    """What web servers and PHP share: files that only count once they are tested and loaded.

    The configuration carries a number, its generation, which the running service tells when asked. Two
    locks make the order: files are written and tested under the first; the second is for reloading. Who
    waited for the second and finds its generation live already needs no reload of its own. What was there
    before lies in a note until the test has passed, so that not even a killed process leaves a file behind
    that keeps the service from starting.
    """

    def __init__(self, host: Host, service: str, state: str, generation_path: str) -> None:
        """``service`` is its name in sentences, ``state`` the beginning of the paths of locks and note."""
        self._host = host
        self._service = service
        self._state = state
        self._generation_path = generation_path

    @abstractmethod
    def prepare(self) -> None:
        """Make everything ready for a start of the service; call it before each one."""

    @abstractmethod
    def test(self) -> None:
        """Raises Broken with the service's own sentence when it does not accept its configuration."""

    @abstractmethod
    def live(self) -> int | None:
        """The generation that answers; None when the service does not run."""

    @abstractmethod
    def _mode(self, path: str) -> int:
        """The permissions of a file; ValueError when the path is none of this configuration's."""

    @abstractmethod
    def _generation_text(self, generation: int) -> str: ...

    @abstractmethod
    def _signal(self) -> Callable[[], bool]:
        """Ask the service to load its configuration anew; the answer tells whether the old one is gone."""

    def apply(self, changes: Mapping[str, str | None]) -> None:
        """Write (or with None remove) the files, test, reload, and return when all of that is live.

        Whatever goes wrong, the old texts are back before the error is raised.
        """
        if not within(GRACE, lambda: self.live() is not None):
            raise Unreachable(f"{self._service} does not run: start it with «aegir up» and try again.")
        generation, old, new = self._write(changes)
        try:
            self._bring_live(generation)
        except AegirError:
            self._take_back(old, new)
            raise

    def _prepare(self, texts: Mapping[str, str]) -> None:
        """For a service that does not run yet: undo what a killed ``apply`` left untested, write, test."""
        with self._writing():
            self._put_back()
            present = self._generation_text(self._written() or 1)
            new, _ = self._differing({**texts, self._generation_path: present})
            self._put(new)
            self.test()

    def _write(self, changes: Mapping[str, str | None]) -> tuple[int, Texts, Texts]:
        for path in changes:
            self._mode(path)
        with self._writing():
            self._put_back()
            generation = self._written()
            new, old = self._differing(changes)
            if not new:
                return generation, {}, {}
            counted, uncounted = self._differing(
                {self._generation_path: self._generation_text(generation + 1)}
            )
            self._note({**old, **uncounted})
            try:
                self._put({**new, **counted})
                self.test()
            except AegirError:
                self._put_back()
                raise
            self._host.remove(self._note_path)
            return generation + 1, old, new

    def _differing(self, changes: Mapping[str, str | None]) -> tuple[Texts, Texts]:
        wanted = {path: None if text is None else text.encode() for path, text in changes.items()}
        there = {path: self._host.read(path) for path in wanted}
        new = {path: text for path, text in wanted.items() if text != there[path]}
        return new, {path: there[path] for path in new}

    def _bring_live(self, generation: int) -> None:
        with self._host.lock(f"{self._state}.reload.lock"):
            if (self.live() or 0) >= generation:
                return
            # Nobody may write while the service reads; and what others wrote meanwhile comes along.
            with self._writing():
                newest = self._written()
                old_is_gone = self._signal()
                if within(RELOAD, lambda: self.live() == newest and old_is_gone()):
                    return
        if self.live() is None:
            raise Unreachable(f"{self._service} stopped while it was reloading: see its error log.")
        raise Broken(f"{self._service} kept its old configuration when it was to reload: see its error log.")

    def _take_back(self, old: Texts, new: Texts) -> None:
        with self._writing():
            self._put({path: text for path, text in old.items() if self._host.read(path) == new[path]})

    def _written(self) -> int:
        content = self._host.read(self._generation_path) or b""
        found = re.search(rb"generation (\d+)", content)
        return int(found[1]) if found else 0

    def _put(self, texts: Texts) -> None:
        for path, content in texts.items():
            if content is None:
                self._host.remove(path)
            else:
                self._host.write(path, content, mode=self._mode(path))

    @property
    def _note_path(self) -> str:
        return f"{self._state}.untested.json"

    def _note(self, old: Texts) -> None:
        texts = {
            path: None if content is None else content.decode("latin-1") for path, content in old.items()
        }
        self._host.write(self._note_path, json.dumps(texts).encode(), mode=0o600)

    def _put_back(self) -> None:
        note = self._host.read(self._note_path)
        if note is None:
            return
        texts: dict[str, str | None] = json.loads(note)
        self._put({path: None if text is None else text.encode("latin-1") for path, text in texts.items()})
        self._host.remove(self._note_path)

    def _writing(self) -> AbstractContextManager[None]:
        return self._host.lock(f"{self._state}.write.lock")


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    """Whether the condition became true in that time."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
