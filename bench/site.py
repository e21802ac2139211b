"""A site of Aegir's as the bridge and Drush are pointed at it, without a task around."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from aegir.drivers.app import Op
from aegir.engine.step import Level
from aegir.models import Site, Task
from aegir.operations import places, world
from bench.drush import Drush
from bench.ground import Ground

if TYPE_CHECKING:
    from aegir.steps.world import World


class Silence:
    """A log that nobody reads."""

    def line(self, text: str, level: Level = Level.INFO) -> None:
        """Nothing is kept."""

    def mask(self, secret: str) -> None:
        """Nothing is shown."""

    def progress(self, done: int, total: int) -> None:
        """Nobody waits."""


def alone() -> World:
    """What a step may touch, without a task in the ledger."""
    return world(Task(pk=0), Silence(), {})


class OpenSite:
    """One installed site."""

    def __init__(self, ground: Ground, domain: str) -> None:
        self.ground = ground
        self.row = (
            Site.objects.live().select_related("platform__server", "database__server").get(domain=domain)
        )
        self.ref = places.site_ref(self.row)
        self.world = alone()
        self.secrets = self.ref.secrets(self.world)

    def bridge(self, *names: str) -> None:
        """One call of the bridge."""
        ops: list[Op] = [{"op": name} for name in names]
        self.ref.app(self.world).run(self.ref.place, self.secrets, ops)

    def drush(self) -> Drush:
        """Drush, told what the web server tells PHP."""
        place = self.ref.place
        cloaked = {**self.secrets.environment(), "aegir_site": place.directory}
        drush = Drush(self.ground.code, place.uri, place.php, place.user, cloaked)
        seen = drush.run("status", "--fields=bootstrap,site", "--format=json")
        if json.loads(seen) != {"bootstrap": "Successful", "site": place.directory}:
            raise RuntimeError(f"Drush did not open {place.directory}: {seen}")
        return drush
