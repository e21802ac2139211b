"""What is done inside a site day by day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from aegir.drivers.host import Stream
from aegir.engine.step import Check, Enough, Json, Level
from aegir.steps.app import INSPECTING, UPDATING, run
from aegir.steps.site import SiteRef
from aegir.steps.world import World

DRUSHING = 3600.0
"""Seconds that one Drush command may take."""
LINES = 2000
"""Of what a command prints, how many are kept in the log."""


@dataclass(frozen=True)
class RebuildCaches(Check):
    """Empty every cache of a site and build anew what Drupal needs at once."""

    site: SiteRef

    title = "Rebuild the caches"

    def do(self, world: World) -> Json:
        (result,) = run(world, self.site, [{"op": "rebuild"}], INSPECTING)
        _tell_warnings(world, result)
        return None


@dataclass(frozen=True)
class RunCron(Check):
    """Run a site's cron, for as long as it may take and no longer."""

    site: SiteRef
    seconds: int
    break_lock: bool
    """Whether the last cron of ours died, and its lock may still be there."""

    title = "Run cron"

    def do(self, world: World) -> Json:
        op = {"op": "cron", "break_lock": self.break_lock}
        (result,) = run(world, self.site, [op], float(self.seconds))
        if not result["ran"]:
            # A visitor's request, or a person's command: that run counts as well as ours.
            raise Enough(f"Cron of {self.site.domain} is running already, started by somebody else.")
        _tell_warnings(world, result)
        return {"last": result["last"]}


@dataclass(frozen=True)
class LookForUpdates(Check):
    """Whether the code brings database updates that have not run; without any there is nothing to do."""

    site: SiteRef

    title = "Look for updates"

    def do(self, world: World) -> Json:
        (result,) = run(world, self.site, [{"op": "pending"}], UPDATING)
        for warning in result.get("warnings", []):
            world.log.line(str(warning), Level.WARNING)
        updates = [f"{item['module']}: {item['name']}" for item in result["updates"]]
        if not updates:
            raise Enough(f"No updates are waiting on {self.site.domain}.")
        for update in updates:
            world.log.line(f"Waiting: {update}")
        return {"updates": [*updates]}


@dataclass(frozen=True)
class RunDrush(Check):
    """Run a Drush command on a site; what it prints is the log."""

    site: SiteRef
    command: tuple[str, ...]

    title = "Run Drush"

    def do(self, world: World) -> Json:
        heard = 0

        def hear(stream: Stream, line: str) -> None:
            nonlocal heard
            heard += 1
            if heard <= LINES:
                world.log.line(line, Level.INFO if stream == "out" else Level.NOTICE)

        app, secrets = self.site.app(world), self.site.secrets(world)
        app.drush(self.site.place, secrets, [*self.command], timeout=DRUSHING, listener=hear)
        if heard > LINES:
            world.log.line(f"It printed {heard:,} lines: the first {LINES:,} are kept.", Level.NOTICE)
        return {"whole": heard <= LINES}

    def summary(self) -> str:
        return f"{self.title}: {' '.join(self.command)}"


def _tell_warnings(world: World, result: dict[str, Any]) -> None:
    """PHP's complaints meanwhile, as the bridge counted them."""
    for warning in result["php_warnings"]:
        times = f" ({warning['count']} times)" if warning["count"] > 1 else ""
        world.log.line(f"{warning['message']} in {warning['place']}{times}", Level.NOTICE)
