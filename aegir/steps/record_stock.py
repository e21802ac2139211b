"""What a verification says of code that changed behind Aegir's back."""

from __future__ import annotations

from django.utils import timezone

from aegir.engine.step import Level
from aegir.models import CodeStock, Platform
from aegir.steps.stock import differences
from aegir.steps.world import World

NAMED = 20
"""How many changes are named one by one."""


def notice_changes(world: World, platform: Platform, stock: dict[str, list[str]]) -> None:
    """Compare the code with what it was, say what changed, and write that into ``platform``, unsaved.

    Built code is compared with what was built, so it is told of until it is that again; code that was brought
    with the last verification, so the next one that finds it unchanged takes that for granted.
    """
    before = CodeStock.objects.filter(platform=platform).first()
    changes = differences(before.parts, stock) if before is not None else []
    more = len(changes) - NAMED
    changes = [*changes[:NAMED], *([f"And {more} more."] if more > 0 else [])]
    if before is None or not platform.built:
        CodeStock.objects.update_or_create(platform=platform, defaults={"parts": stock})
    if not changes:
        platform.code_changes, platform.code_changed_at = [], None
        return
    if changes != platform.code_changes:
        platform.code_changed_at = timezone.now()
    platform.code_changes = changes
    world.log.line(platform.code_warning, Level.WARNING)
    for change in changes:
        world.log.line(change, Level.NOTICE)
