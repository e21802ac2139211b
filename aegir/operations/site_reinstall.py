"""Reinstall a site: Drupal anew under the same name; what it was is kept, so that this can be undone."""

from __future__ import annotations

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Site, Task
from aegir.operations import finding, moving, places
from aegir.operations.moving import Move
from aegir.steps.app import InspectSite, InstallDrupal
from aegir.steps.backup import NoticeLoss
from aegir.steps.record import forget_unused_links
from aegir.steps.record_arrival import PairReinstalled

TITLE = "Reinstall"


def plan(task: Task) -> list[Step]:
    move = Move.of(task)
    return [
        *move.started(),
        *move.room(),
        NoticeLoss(move.old),
        *move.backup(task, if_whole=True),
        *move.database(),
        *move.closed(),
        *move.set_aside(),
        *move.laid_out(),
        InstallDrupal(move.new, move.site.profile, move.site.language, move.site.email),
        InspectSite(move.new, login=True),
        *move.opened(),
        *move.recorded(commit=PairReinstalled),
    ]


def ask(*, domain: str, by: str) -> Task:
    """Queue the installation of a site anew, with the profile and the language that it has."""
    site = finding.installed(domain, "reinstalled")
    _require_choices(site)
    arguments = {"domain": domain}
    return moving.begin(
        "site_reinstall", site, site.platform, by, arguments, backup="Before the site was installed anew"
    )


def _require_choices(site: Site) -> None:
    """Refused when the platform's installer no longer offers what the site was made with."""
    home = site.platform
    for wanted, offered, what in (
        (site.profile, home.profiles, "profile"),
        (site.language, home.languages, "language"),
    ):
        if wanted not in offered:
            raise Refused(
                f"{site.domain} cannot be reinstalled: {home.name} no longer offers its {what} {wanted}. "
                f"Verify {home.name}, or move the site to a platform that has it.",
                field="domain",
            )


def ended(task: Task) -> None:
    """What was built goes; nothing is left of a login link that nobody was given."""
    moving.ended(task)
    forget_unused_links(places.site_of(task))
