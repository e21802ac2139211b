"""Fix permissions: PHP may write a site's files and none of its code, and settings are nobody's to read."""

from __future__ import annotations

from aegir.engine.step import Step
from aegir.models import Task
from aegir.operations import finding, places
from aegir.steps.files import MakeDirectories
from aegir.steps.permissions import MendPermissions
from aegir.steps.site import WriteSettings, WriteSitesPhp

TITLE = "Fix permissions"


def plan(task: Task) -> list[Step]:
    site = places.site_of(task)
    ref = places.site_ref(site)
    return [
        MakeDirectories(ref.host, ref.directories()),
        WriteSitesPhp(ref.host, site.platform.root, ref.operator),
        WriteSettings(ref.host, ref),
        MendPermissions(ref),
    ]


def ask(*, domain: str, by: str) -> Task:
    """Queue the repair of owners and modes."""
    site = finding.installed(domain, "given its permissions")
    return places.ask_site("site_permissions", site, by, {"domain": domain})
