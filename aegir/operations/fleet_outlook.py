"""What a move of all sites would come to, before anybody asks for one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aegir.models import FleetSite, Platform, Site
from aegir.steps.record_fleet import judged


def judge(target: Platform) -> Callable[[Site], dict[str, Any]]:
    """Says of each site whether it could go to ``target``, and what speaks against it; the target's packages
    are read once."""
    there = Platform.objects.prefetch_related("packages").get(pk=target.pk)

    def one(site: Site) -> dict[str, Any]:
        state, error, warnings = judged(site, there)
        allowed = state == FleetSite.State.WAITING
        return {"domain": site.domain, "allowed": allowed, "error": error, "warnings": warnings}

    return one
