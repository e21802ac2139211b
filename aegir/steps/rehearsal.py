"""What only a rehearsal does: updates that may fail, since finding that out is what it is for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from aegir.engine.step import Json, Level
from aegir.errors import Broken
from aegir.steps.app import INSPECTING, UpdateDrupal, run
from aegir.steps.world import World


@dataclass(frozen=True)
class RehearseUpdates(UpdateDrupal):
    """Run the updates as a migration would; what breaks is found, not raised."""

    title = "Try the updates"

    def do(self, world: World) -> Json:
        try:
            done = super().do(world)
            run(world, self.site, [{"op": "status"}], INSPECTING)
        except Broken as problem:
            world.log.line(str(problem), Level.WARNING)
            return {**cast(dict[str, Json], problem.detail), "error": str(problem)}
        return {**cast(dict[str, Json], done), "error": ""}
