"""What steps may touch: hosts to work on, and secrets for the moment of use."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aegir.drivers.host import Host
from aegir.engine.step import Json, Log


@dataclass(frozen=True)
class World:
    """Handed to every step by the runner; ``aegir.operations.world`` makes it."""

    task: int
    log: Log
    found: Mapping[str, Json]
    connect: Callable[[str], Host]
    """The host of that name."""
    unseal: Callable[[int], str]
    """The value of a secret, by its id."""
    seal: Callable[[str, str], int]
    """Keep a value for a purpose (for people); its id."""
    bridge: str
    """The directory of the bridge's PHP, where the web user can read it."""
    ask: Callable[[str, dict[str, Json]], object]
    """Ask for another operation, by name and arguments; for commits, whose transaction it joins."""
    kept: str
    """The directory on each host where old copies of files wait for an undo; no one else's."""

    def host(self, name: str) -> Host:
        return self.connect(name)

    def reveal(self, secret: int | None) -> str:
        """A secret's value, masked in the log from now on; "" for None."""
        if secret is None:
            return ""
        value = self.unseal(secret)
        self.log.mask(value)
        return value
