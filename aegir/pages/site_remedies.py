"""What must be done first, where something cannot be done to a site now: a link beside the reason."""

from __future__ import annotations

from dataclasses import dataclass

from django.urls import reverse

from aegir import access
from aegir.access import Actor
from aegir.models import Site, possible


@dataclass(frozen=True)
class Remedy:
    """One way to put it right."""

    title: str
    address: str


def of(actor: Actor, site: Site, operation: str, reason: str) -> Remedy | None:
    """What would make ``operation`` possible again; None where there is nothing, or not for ``actor``."""
    if possible.lacks_platform(reason) and access.may(actor, "platform_add"):
        return Remedy("Add a platform", reverse("add"))
    if operation == "site_delete" and site.state == Site.State.ENABLED:
        return _verb(actor, site, "disable", "Disable …")
    if reason == possible.NO_BACKUP:
        return _verb(actor, site, "backup", "Back it up …")
    return None


def _verb(actor: Actor, site: Site, verb: str, title: str) -> Remedy | None:
    if not access.may(actor, f"site_{verb}", site):
        return None
    return Remedy(title, reverse("site_verb", args=[site.domain, verb]))
