"""One run of the bridge: what it answered, and how its failures read."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from aegir.drivers.app import Op, SitePlace, SiteSecrets
from aegir.drivers.host import Listener, Stream
from aegir.errors import Broken

SECRET = "********"
SHORTEST = 4
"""Shorter values are left alone: they would be found everywhere, and protect nothing."""
REASON = 500


def secret_values(secrets: SiteSecrets, ops: Iterable[Op]) -> list[str]:
    """Whatever must never be told, the longest first so that none is told in part."""
    passwords = [str(op.get("account", {}).get("password", "")) for op in ops]
    values = {secrets.database.get("password", ""), secrets.hash_salt, *passwords}
    return sorted((value for value in values if len(value) >= SHORTEST), key=len, reverse=True)


@dataclass
class Conversation:
    """Listens to a running bridge, then gives its results or raises what went wrong."""

    place: SitePlace
    ops: list[Op]
    hidden: list[str]
    listener: Listener | None = None
    answers: list[dict[str, Any]] = field(default_factory=list)
    last_words: str = ""
    doing: str = ""

    def hear(self, stream: Stream, line: str) -> None:
        """A listener for the host: progress is passed on as plain text, results are kept back."""
        if stream != "answer":
            self.last_words = self.scrub(line.strip()) or self.last_words
            self._tell(stream, line)
            return
        try:
            answer = json.loads(line)
        except ValueError:
            # PHP was killed while it wrote.
            return
        if answer["type"] == "progress":
            self.doing = self.scrub(str(answer["message"]))
            self._tell(stream, self.doing)
            return
        self.answers.append(answer)

    def results(self, code: int) -> list[dict[str, Any]]:
        """Every op's result in order; Broken with one sentence when any is missing."""
        for answer in self.answers:
            if answer["type"] != "result":
                raise self.broken(str(answer["op"]), str(answer["message"]), answer.get("detail"))
            if answer["site"] != self.place.directory:
                raise self.broken(str(answer["op"]), f"Drupal opened «{answer['site']}» instead.")
        if len(self.answers) < len(self.ops):
            silent = str(self.ops[len(self.answers)].get("op"))
            raise self.broken(silent, self.last_words or f"PHP ended with code {code} without an answer.")
        return [answer["result"] for answer in self.answers]

    def broken(self, op: str, reason: str, detail: object = None) -> Broken:
        first = next(
            (line.strip() for line in self.scrub(reason).splitlines() if line.strip()), "no reason given"
        )
        parts = self._scrubbed(detail)
        return Broken(
            f"Drupal's «{op}» of {self.place.directory} failed: {first[:REASON]}",
            detail=parts if isinstance(parts, dict) else None,
        )

    def unanswered(self) -> str:
        """The op that was running when all ended."""
        return str(self.ops[min(len(self.answers), len(self.ops) - 1)].get("op"))

    def scrub(self, text: str) -> str:
        for value in self.hidden:
            text = text.replace(value, SECRET)
        return text

    def _scrubbed(self, value: object) -> object:
        """What JSON can hold, with no secret in any of its texts."""
        if isinstance(value, str):
            return self.scrub(value)
        if isinstance(value, list):
            return [self._scrubbed(part) for part in value]
        if isinstance(value, dict):
            return {key: self._scrubbed(part) for key, part in value.items()}
        return value

    def _tell(self, stream: Stream, line: str) -> None:
        if self.listener is not None:
            self.listener(stream, self.scrub(line))
