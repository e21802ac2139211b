"""What is left of a site that is gone."""

from __future__ import annotations

from dataclasses import dataclass

from aegir.engine.step import Check, Json, Level
from aegir.steps.world import World


@dataclass(frozen=True)
class TellLeftovers(Check):
    """Say what a person has to remove, or may: nothing that the registry does not know is removed for him."""

    host: str
    folders: tuple[str, ...]
    """Where directories of the site may lie, absolute: ``sites`` of its platforms."""
    domains: tuple[str, ...]
    known: tuple[str, ...] = ()
    """What is left on purpose, a sentence each."""

    title = "Look for leftovers"

    def do(self, world: World) -> Json:
        found = [f"{path} is left: remove it when nobody needs it." for path in self._found(world)]
        for sentence in (*self.known, *found):
            world.log.line(sentence, Level.WARNING)
        return {"left": [*self.known, *found]}

    def _found(self, world: World) -> list[str]:
        host = world.host(self.host)
        hidden = tuple(f".{domain}.{why}-" for domain in self.domains for why in ("new", "kept", "deleted"))
        return [
            f"{folder}/{name}"
            for folder in self.folders
            for name in host.list(folder)
            if name in self.domains or name.startswith(hidden)
        ]
