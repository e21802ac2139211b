"""A task's log: live lines in the ledger, with every known secret masked."""

from __future__ import annotations

import json
import time
from urllib.parse import quote

from aegir.engine.journal import Journal
from aegir.engine.step import Level

MASK = "•••"
PROGRESS_EVERY = 0.2
"""Seconds between two writes of progress; a reader could not follow more."""


class TaskLog:
    """The ``Log`` that steps write to."""

    def __init__(self, journal: Journal) -> None:
        self.position: int | None = None
        """Of the step that speaks; None for the runner itself."""
        self._journal = journal
        self._secrets: list[str] = []
        self._shown = 0.0

    def line(self, text: str, level: Level = Level.INFO) -> None:
        lines = [line.rstrip() for line in self.masked(text).splitlines() if line.strip()]
        if lines:
            self._journal.write(self.position, lines, level)

    def mask(self, secret: str) -> None:
        """Hide the secret also as a URL or JSON would spell it, and each line of one that has several."""
        forms = {
            form
            for part in (secret, *(line for line in secret.splitlines() if len(line) > 7))
            for form in (part, quote(part, safe=""), json.dumps(part)[1:-1])
            if form.strip()
        }
        # Longest first: a secret may be the beginning of another.
        self._secrets = sorted(forms.union(self._secrets), key=len, reverse=True)

    def masked(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return text

    def progress(self, done: int, total: int) -> None:
        now = time.monotonic()
        if done >= total or now - self._shown >= PROGRESS_EVERY:
            self._shown = now
            self._journal.progress(done, total)
