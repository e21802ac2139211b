"""Sync a site: it gets another one's database, files or both, and stays who it is.

The other site is only read and goes on being served. The one that is synced keeps its name, its code, its
settings, its salt and its UUID, so that the configuration which it has exported is still its own. Its keys
are new, and nobody is logged in.
"""

from __future__ import annotations

from collections.abc import Iterable

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Site, Task
from aegir.operations import finding, gate, moving, places
from aegir.operations.moving import Move
from aegir.steps.app import AskIdentity, Identify, InspectSite, Relocate, UpdateDrupal
from aegir.steps.database import CopyDatabase
from aegir.steps.record_arrival import PairRestored
from aegir.steps.room import HasRoomFor
from aegir.steps.site import SiteRef
from aegir.steps.trees import RefreshTree

TITLE = "Sync"
WHAT = ["all", "database", "files"]
FILES = ("files", "private/files")
"""Of a site's directory what its visitors and editors have put there."""

ended = moving.ended


def plan(task: Task) -> list[Step]:
    move, wanted = Move.of(task), task.arguments
    source = places.site_ref(finding.site(wanted["source"]))
    database, files = wanted["what"] != "files", wanted["what"] != "database"
    return [
        *move.started(),
        *move.room(),
        HasRoomFor(source.host, move.new.place.root, source),
        *move.backup(task),
        *([AskIdentity(move.old)] if database else ()),
        *move.database(),
        *move.files(),
        *(_files(source, move) if files else ()),
        *([CopyDatabase(source.database, move.new.database)] if database else ()),
        *move.closed(),
        *([] if files else [RefreshTree(move.new.host, move.old.path, move.fresh)]),
        *([] if database else [CopyDatabase(move.old.database, move.new.database)]),
        *move.placed(),
        *(_at_home(source, move, sanitize=wanted["sanitize"]) if database else ()),
        InspectSite(move.new, rebuild_caches=True),
        *move.opened(),
        *move.recorded(commit=PairRestored),
    ]


def _files(source: SiteRef, move: Move) -> Iterable[Step]:
    for below in FILES:
        yield RefreshTree(move.new.host, f"{source.path}/{below}", f"{move.fresh}/{below}")


def _at_home(source: SiteRef, move: Move, *, sanitize: bool) -> list[Step]:
    """The database that came from elsewhere is this site's."""
    return [
        Relocate(move.new, source.place.directory, (*source.names, *source.redirects)),
        UpdateDrupal(move.new),
        Identify(move.new, sanitize),
    ]


def ask(*, domain: str, source: str, what: str = "all", sanitize: bool = False, by: str) -> Task:
    """Queue the taking over of another site's database, files or both."""
    site = finding.installed(domain, "synced")
    with finding.calling(domain="source"):
        other = finding.installed(source, "synced from")
    finding.one_of(what, WHAT, "part of a site", "what")
    _refuse_strangers(site, other)
    if what != "files":
        gate.require_fit(other, site.platform)
    arguments = {"domain": domain, "source": source, "what": what, "sanitize": sanitize}
    return moving.begin(
        "site_sync",
        site,
        site.platform,
        by,
        arguments,
        backup=f"Before the sync from {other.domain}",
        platforms=[other.platform],
        sites=[other],
    )


def _refuse_strangers(site: Site, other: Site) -> None:
    if other == site:
        raise Refused(f"{site.domain} cannot be synced from itself: name another site.", field="source")
    if other.platform.major != site.platform.major:
        raise Refused(
            f"{other.domain} is Drupal {other.platform.major}, {site.domain} is Drupal "
            f"{site.platform.major}: only sites of one major version can be synced.",
            field="source",
        )
    if other.database_id != site.database_id:
        raise Refused(
            f"{other.domain} has its database in {other.database.driver} and {site.domain} in "
            f"{site.database.driver}: only sites of one database server can be synced.",
            field="source",
        )
