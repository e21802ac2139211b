"""A world for steps: one host, secrets in a dictionary, a log that is a list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from aegir.drivers.host import Host
from aegir.engine.step import Json, Level
from aegir.steps.world import World

KEPT = "/kept"


@dataclass
class ListLog:
    lines: list[tuple[Level, str]] = field(default_factory=list)
    masked: list[str] = field(default_factory=list)

    def line(self, text: str, level: Level = Level.INFO) -> None:
        self.lines.append((level, text))

    def mask(self, secret: str) -> None:
        self.masked.append(secret)

    def progress(self, done: int, total: int) -> None:
        self.lines.append((Level.DEBUG, f"{done}/{total}"))


def world(
    host: Host,
    *,
    secrets: dict[int, str] | None = None,
    found: Mapping[str, Json] | None = None,
    kept: str = KEPT,
) -> World:
    known = secrets if secrets is not None else {}

    def seal(value: str, purpose: str) -> int:
        number = max(known, default=0) + 1
        known[number] = value
        return number

    return World(
        task=7,
        log=ListLog(),
        found=found or {},
        connect=lambda name: host,
        unseal=known.__getitem__,
        seal=seal,
        bridge=str(Path(__file__).parent.parent / "bridge"),
        ask=lambda operation, arguments: None,
        kept=kept,
    )
