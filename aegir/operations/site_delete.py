"""Delete a site: back it up, set everything aside, record it, and only then remove what was set aside.

Drupal is not asked, so a site that is broken or half-installed goes like any other.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import Q

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Backup, Pair, Prepared, Site, Task, default
from aegir.models.backup import folder
from aegir.operations import backing_up, drush_aliases, finding, moving, places
from aegir.steps.backup import NoticeLoss
from aegir.steps.database import DropDatabase, StartDatabase
from aegir.steps.leftovers import TellLeftovers
from aegir.steps.record import ForgetSecrets, SiteDeleted
from aegir.steps.room import HasRoomFor
from aegir.steps.trees import MoveTree, RemoveTree, hidden_path
from aegir.steps.web import WithdrawSite

TITLE = "Delete"


def plan(task: Task) -> list[Step]:
    site = places.site_of(task)
    server = site.platform.server
    path = f"{site.platform.root}/{site.directory}"
    parked = hidden_path(path, "deleted", task.pk)
    aside, gone = _beside(site)
    gone = [RemoveTree(server.name, parked), *gone]
    if site.database_secret_id is not None:
        ref = places.database(site)
        aside = [StartDatabase(ref.host, ref.server, ref.administrator, ref.start), *aside]
        if _sharers(site) == []:
            gone.append(DropDatabase(ref))
    return [
        *aside,
        *_backup(task, site),
        WithdrawSite(server.name, places.web(server), site.domain),
        MoveTree(server.name, path, parked, "Set aside the files", if_there=True),
        SiteDeleted(site.pk),
        drush_aliases.without(server.name, [site.domain]),
        *gone,
        ForgetSecrets(site.pk),
        _leftovers(site),
    ]


def ask(*, domain: str, anyway: bool = False, backup: bool | None = None, by: str) -> Task:
    """Queue the deletion of a site, whatever state it is in; nothing of it is left but its history and its
    backups.

    An enabled one is refused unless the default says otherwise, or ``anyway``; ``backup`` is whether there
    is a final one, None for as the default says.
    """
    site = finding.site(domain)
    _refuse(site, anyway)
    wanted = default.value("backup_before_delete") if backup is None else backup
    arguments = {"domain": domain, "anyway": anyway, "backup": backup}
    with transaction.atomic():
        task = places.ask_site("site_delete", site, by, arguments)
        # What failed to be installed never was anything.
        if wanted and site.state != Site.State.FAILED:
            backing_up.new_backup(site, task, description="Before it was deleted")
    return task


def ended(task: Task) -> None:
    """The site is as it was; a backup that was made stays."""
    backing_up.discard_unmade(task)


def _refuse(site: Site, anyway: bool) -> None:
    if site.state == Site.State.QUEUED:
        raise Refused(
            f"{site.domain} is still being installed: cancel its install task instead.", field="domain"
        )
    if site.state == Site.State.ENABLED and not anyway and default.value("disable_before_delete"):
        raise Refused(
            f"{site.domain} is enabled, and only a disabled site can be deleted: first "
            f"«aegir site disable {site.domain}», or change the setting disable_before_delete.",
            field="domain",
        )


def _backup(task: Task, site: Site) -> list[Step]:
    """The final backup, where one was asked for; a site that lost its database or files goes without."""
    backup = Backup.objects.filter(task=task.pk).first()
    if backup is None:
        return []
    ref = places.site_ref(site)
    return [
        NoticeLoss(ref),
        HasRoomFor(ref.host, str(folder()), ref),
        *backing_up.steps(backup, site, if_whole=True),
    ]


def _beside(site: Site) -> tuple[list[Step], list[Step]]:
    """Kept and half-built pairs go with their site: steps before the commit, and after it."""
    before: list[Step] = []
    after: list[Step] = []
    for pair in moving.pairs_beside(site):
        first, then = moving.retire_steps(pair)
        before += first
        after += then
    return before, after


def _sharers(site: Site) -> list[str]:
    """Domains of others that use the site's database, or its user, as imported sites may."""
    same = Q(database_name=site.database_name) | Q(database_user=site.database_user)
    live = Site.objects.live().filter(same, database=site.database).exclude(pk=site.pk)
    pairs = Pair.objects.filter(same, database=site.database).exclude(site=site).exclude(state="gone")
    copies = Prepared.objects.filter(same, database=site.database)
    return [
        *live.values_list("domain", flat=True),
        *pairs.values_list("domain", flat=True),
        *(str(copy) for copy in copies),
    ]


def _leftovers(site: Site) -> TellLeftovers:
    pairs = list(moving.pairs_beside(site))
    homes = {home.root: home for home in (site.platform, *(pair.platform for pair in pairs))}
    sharers = _sharers(site) if site.database_secret_id is not None else []
    shared = f"The database {site.database_name} is left, since {', '.join(sharers)} use it or its user."
    return TellLeftovers(
        host=site.platform.server.name,
        folders=tuple(f"{root}/sites" for root in homes),
        domains=tuple({site.domain, *(pair.domain for pair in pairs)}),
        known=(shared,) if sharers else (),
    )
