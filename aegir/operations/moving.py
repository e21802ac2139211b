"""What every operation that replaces a site's live pair shares: build beside it, close, switch, keep the old.

The pair that is live serves visitors until ``closed``, and cannot change any more from there on; whatever
breaks before the commit leaves it as it was.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from aegir.drivers.web import VhostState, WebService
from aegir.engine.step import Step
from aegir.models import Pair, Platform, Secret, Site, SiteName, Task, default
from aegir.models.backup import folder
from aegir.operations import aliases, backing_up, drush_aliases, places, renaming
from aegir.operations.renaming import Keep
from aegir.steps.database import CopyDatabase, CreateDatabase, DropDatabase, FreezeDatabase, StartDatabase
from aegir.steps.files import MakeDirectories
from aegir.steps.record_move import ForgetPairSecrets, PairExchanged
from aegir.steps.room import HasRoomFor
from aegir.steps.site import SiteRef, WriteSettings, WriteSitesPhp
from aegir.steps.trees import CopyTree, MoveTree, RefreshTree, RemoveTree, hidden_path
from aegir.steps.web import ProbeSite, PublishSite


@dataclass(frozen=True)
class Move:
    """One site on its way from its live pair to another."""

    task: int
    operation: str
    site: Site
    pair: Pair
    old: SiteRef
    new: SiteRef
    old_web: WebService
    new_web: WebService
    names: tuple[SiteName, ...] = ()
    """All names as they shall be, where the main one changes."""

    @classmethod
    def of(cls, task: Task, pair: Pair | None = None, keep: Keep = "drop") -> Move:
        """The move of a task whose pair ``begin`` prepared, or to a ``pair`` that is there already. ``keep``
        says what becomes of the old main name where it changes."""
        site = places.site_of(task)
        pair = pair or Pair.objects.get(task=task.pk, state=Pair.State.BUILDING)
        new, names = places.site_ref(site, pair), []
        if pair.domain != site.domain:
            names = renaming.after(site, pair.domain, keep)
            new = aliases.changed(new, names, "")
        return cls(
            task=task.pk,
            operation=task.operation,
            site=site,
            pair=pair,
            old=places.site_ref(site),
            new=new,
            old_web=places.web(site.platform.server),
            new_web=places.web(pair.platform.server),
            names=tuple(names),
        )

    @property
    def fresh(self) -> str:
        """Where the new directory is made before it is moved into place."""
        return hidden_path(self.new.path, "new", self.task)

    @property
    def kept(self) -> str:
        """Where the old directory waits for an undo."""
        return hidden_path(self.old.path, "kept", self.task)

    @property
    def state(self) -> VhostState:
        """As visitors shall find the site when all is done."""
        return places.vhost_state(self.site)

    def started(self) -> list[Step]:
        """The database server is up."""
        ref = self.new.database
        return [StartDatabase(ref.host, ref.server, ref.administrator, ref.start)]

    def room(self) -> list[Step]:
        """There is room for a second pair."""
        return [HasRoomFor(self.new.host, self.new.place.root, self.old)]

    def backup(self, task: Task, *, if_whole: bool = False) -> list[Step]:
        """A backup of the site as it is, made while it is served; it stays even if all else fails. With
        ``if_whole`` a site that lost its database goes without."""
        written = backing_up.steps(backing_up.backup_of(task), self.site, if_whole=if_whole)
        return [HasRoomFor(self.old.host, str(folder()), self.old), *written]

    def database(self) -> list[Step]:
        """A new, empty database."""
        return [CreateDatabase(self.new.database)]

    def files(self) -> list[Step]:
        """A copy of the files, made while the site is served."""
        return [CopyTree(self.new.host, self.old.path, self.fresh)]

    def closed(self) -> list[Step]:
        """Visitors are kept out, and nothing can change the old pair any more."""
        return [
            PublishSite(self.old.host, self.old_web, self.old, self.site.platform.key, "maintenance"),
            FreezeDatabase(self.old.database),
        ]

    def filled(self) -> list[Step]:
        """The new pair holds what the old one does, to the last write."""
        return [
            RefreshTree(self.new.host, self.old.path, self.fresh),
            CopyDatabase(self.old.database, self.new.database),
        ]

    def placed(self, source: str | None = None) -> list[Step]:
        """The old directory is set aside and the new one lies where Drupal looks, with its settings."""
        moved = MoveTree(self.new.host, source or self.fresh, self.new.path, "Move the files into place")
        return [*self.set_aside(), moved, *self.laid_out()]

    def set_aside(self) -> list[Step]:
        """The old directory waits for an undo; where there is none, there is nothing to keep."""
        return [MoveTree(self.old.host, self.old.path, self.kept, "Set aside the old files", if_there=True)]

    def laid_out(self) -> list[Step]:
        """The new directory is as a site's must be, with its settings."""
        new, host = self.new, self.new.host
        return [
            MakeDirectories(host, new.directories()),
            WriteSitesPhp(host, new.place.root, new.operator),
            WriteSettings(host, new),
        ]

    def opened(self) -> list[Step]:
        """The new pair is asked for the front page behind the closed door; then the door opens."""
        new, key = self.new, self.pair.platform.key
        former = "" if new.domain == self.old.domain else self.old.domain
        return [
            PublishSite(new.host, self.new_web, new, key, "maintenance", former),
            ProbeSite(new.host, self.new_web, new),
            PublishSite(new.host, self.new_web, new, key, self.state),
        ]

    def recorded(self, commit: type[PairExchanged] = PairExchanged) -> list[Step]:
        """The commit: the new pair is the live one, the old one is kept; Drush is told."""
        days = int(default.value("undo_days"))
        names = tuple((row.name, row.redirects, row.automatic) for row in self.names)
        return [
            commit(self.pair.pk, self.kept, days, self.operation, names),
            drush_aliases.of_site(self.new, gone=[self.old.domain]),
        ]


def begin(
    operation: str,
    site: Site,
    platform: Platform,
    by: str,
    arguments: Mapping[str, Any],
    *,
    domain: str | None = None,
    backup: str | None = "",
    **asking: Any,
) -> Task:
    """Queue a task that gives ``site`` a new pair on ``platform``, with a backup on the way.

    ``domain`` is the main name that the new pair will have, where it changes; ``backup`` the description of
    the backup, None for no backup. The new pair has a password of its own and the salt of the old one.
    """
    with transaction.atomic():
        more = [*asking.pop("platforms", ()), platform]
        task = places.ask_site(operation, site, by, dict(arguments), platforms=more, **asking)
        name = domain or site.domain
        assert site.salt_secret is not None
        database = places.database_name(name, task.pk)
        Pair.objects.create(
            site=site,
            domain=name,
            platform=platform,
            database=site.database,
            database_name=database,
            database_user=database,
            database_secret=Secret.generate(f"database password of {name}"),
            salt_secret=Secret.seal(site.salt_secret.reveal(), f"hash salt of {name}"),
            task=task.pk,
        )
        if backup is not None:
            backing_up.new_backup(site, task, description=backup)
    return task


def retire_steps(pair: Pair) -> tuple[list[Step], list[Step]]:
    """What takes a pair away for good: steps before the commit that says so, and steps after it.

    Also for one that a stuck task which was given up left half-built.
    """
    host = pair.platform.server.name
    after: list[Step] = [RemoveTree(host, pair.path or _half_built(pair))]
    before: list[Step] = []
    if pair.database_secret_id is not None:
        ref = places.database(pair)
        before = [StartDatabase(ref.host, ref.server, ref.administrator, ref.start)]
        after.append(DropDatabase(ref))
    return before, [*after, ForgetPairSecrets(pair.pk)]


def pairs_beside(site: Site) -> QuerySet[Pair]:
    """Every pair of a site that is not the live one and still takes room: to be retired with the site."""
    found = Pair.objects.filter(site=site).exclude(state=Pair.State.GONE)
    return found.select_related("platform__server", "database__server").order_by("pk")


def _half_built(pair: Pair) -> str:
    return hidden_path(f"{pair.platform.root}/sites/{pair.domain}", "new", pair.task or 0)


def ended(task: Task) -> None:
    """The pair that was to be never was; a backup that was made stays.

    Of a task that is stuck, or was given up, something may be left: its pair stays in the registry.
    """
    backing_up.discard_unmade(task)
    if task.remedy:
        return
    for pair in Pair.objects.filter(task=task.pk, state=Pair.State.BUILDING):
        pair.forget_secrets()
        pair.delete()
