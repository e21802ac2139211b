"""Delete an empty platform: its code, its PHP workers, its web configuration."""

from __future__ import annotations

from pathlib import Path

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Pair, Platform, Site, Task
from aegir.operations import drush_aliases, finding, places, preparing
from aegir.steps.record import PlatformDeleted
from aegir.steps.trees import MoveTree, RemoveTree, hidden_path
from aegir.steps.web import PublishPlatform, PublishPool

TITLE = "Delete"


def plan(task: Task) -> list[Step]:
    platform = places.platform_of(task)
    refuse_inhabited(platform)
    server = platform.server
    parked = hidden_path(platform.path, "deleted", task.pk)
    config, pool = places.platform_config(platform), places.pool(platform)
    return [
        PublishPlatform(server.name, places.web(server), config, withdrawn=True),
        PublishPool(server.name, places.php(server), pool, withdrawn=True),
        MoveTree(server.name, platform.path, parked, "Set aside the code", if_there=True),
        PlatformDeleted(platform.pk),
        drush_aliases.of_platform(platform, gone=True),
        *preparing.retired(platform),
        RemoveTree(server.name, parked),
    ]


def ask(*, name: str, by: str) -> Task:
    """Queue the deletion of a platform that has no sites."""
    platform = finding.platform(name)
    refuse_inhabited(platform)
    return places.ask_platform("platform_delete", platform, by, {"name": name})


def refuse_inhabited(platform: Platform) -> None:
    """Refused while sites live there, whether Aegir knows them or not."""
    living = Site.objects.live().filter(platform=platform).exclude(state=Site.State.FAILED)
    known = list(living.order_by("domain").values_list("domain", flat=True)[:4])
    if known:
        shown = ", ".join(known[:3]) + (" …" if len(known) > 3 else "")
        raise Refused(f"The platform {platform.name} has sites ({shown}): delete them first.")
    _refuse_kept(platform)
    strange = sorted(Path(platform.root).glob("sites/*/settings.php"))
    if strange:
        raise Refused(
            f"The platform {platform.name} holds a site that Aegir does not know ({strange[0].parent}): "
            "move it away first."
        )


def _refuse_kept(platform: Platform) -> None:
    """Refused while a site that moved away can still come back."""
    kept = Pair.objects.kept().filter(platform=platform).select_related("site").order_by("-until").first()
    if kept is not None:
        raise Refused(
            f"The platform {platform.name} holds what {kept.site.domain} was before it moved: retire that "
            f"with «aegir site retire {kept.site.domain}», or wait until {kept.until:%Y-%m-%d}."
        )
