"""Commits about the code of platforms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from aegir.engine.step import Commit, Json
from aegir.models import CodeStock, Platform
from aegir.steps.world import World


@dataclass(frozen=True)
class PlatformBuilt(Commit):
    """A platform's code lies where it belongs; what it holds, its verification tells."""

    platform: int

    title = "Record what was built"

    def do(self, world: World) -> Json:
        built = cast(dict[str, Any], world.found["BuildCode"])
        platform = Platform.objects.get(pk=self.platform)
        platform.docroot = str(world.found["FindDocroot"])
        platform.built = {
            "identity": built["identity"],
            **built["facts"],
            "files": built["files"],
            "bytes": built["bytes"],
        }
        platform.save(update_fields=["docroot", "built"])
        # What is built now is what it is compared with from now on.
        CodeStock.objects.filter(platform=platform).delete()
        world.ask("platform_verify", {"name": platform.name})
        return None
