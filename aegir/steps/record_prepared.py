"""Rows of prepared copies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

from aegir.engine.step import Check, Json, Level
from aegir.errors import Broken, Unreachable
from aegir.models import Prepared
from aegir.steps.record import SiteInspected
from aegir.steps.site import DatabaseRef
from aegir.steps.world import World


@dataclass(frozen=True)
class SiteInstalled(SiteInspected):
    """A new site, and the prepared copy that was set aside on the way."""

    prepared: int | None = None

    title = "Record the site"

    def do(self, world: World) -> Json:
        super().do(world)
        row = Prepared.objects.filter(pk=self.prepared or 0).first()
        kept = cast(dict[str, Any], world.found.get("KeepCopy") or {})
        if row is not None and kept.get("kept"):
            row.ready = True
            row.save()
        elif row is not None:
            row.forget()
        return None

    def found(self, world: World) -> dict[str, Any]:
        told = world.found.get("Personalise")
        return super().found(world) if told is None else cast(dict[str, Any], told)


@dataclass(frozen=True)
class RetireStale(Check):
    """Remove a prepared copy whose code has changed or is gone. Only after the commit.

    What cannot be removed now harms nobody, since no site is made from it any more: the next verify tries
    again.
    """

    host: str
    prepared: int
    copy: DatabaseRef
    files: str

    title = "Retire a prepared copy that no longer fits"

    def do(self, world: World) -> Json:
        row = Prepared.objects.stale().filter(pk=self.prepared).first()
        if row is None:
            return False
        try:
            self.copy.driver(world).drop(self.copy.database)
            world.host(self.host).remove_tree(self.files)
        except (Broken, Unreachable) as problem:
            world.log.line(f"A prepared copy could not be removed: {problem}", Level.WARNING)
            return False
        row.forget()
        return True
