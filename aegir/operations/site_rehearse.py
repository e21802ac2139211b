"""Rehearse a migration: all of it, on a copy that nobody can visit and that goes when the report is made.

The site itself is only read. The copy is a pair under a name that no resolver knows, closed to all but who
knows the key, and it sends no mail.
"""

from __future__ import annotations

import dataclasses

from django.db import transaction

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Pair, Site, Task
from aegir.operations import finding, gate, moving, places
from aegir.steps.app import Relocate
from aegir.steps.content import VisitAgain, VisitPages
from aegir.steps.database import CopyDatabase, CreateDatabase, DropDatabase, StartDatabase
from aegir.steps.files import MakeDirectories
from aegir.steps.record_move import ForgetPairSecrets
from aegir.steps.record_rehearsal import RehearsalReported
from aegir.steps.rehearsal import RehearseUpdates
from aegir.steps.room import HasRoomFor
from aegir.steps.site import SiteRef, WriteSettings, WriteSitesPhp
from aegir.steps.trees import CopyTree, MoveTree, RefreshTree, RemoveTree, hidden_path
from aegir.steps.web import PublishSite, WithdrawSite

TITLE = "Rehearse a migration"

ended = moving.ended


def plan(task: Task) -> list[Step]:
    site, pair = places.site_of(task), Pair.objects.get(task=task.pk, state=Pair.State.BUILDING)
    gate.require_fit(site, pair.platform)
    source, copy = places.site_ref(site), _copy(site, pair)
    web, database, root = places.web(pair.platform.server), copy.database, copy.place.root
    fresh = hidden_path(copy.path, "new", task.pk)
    return [
        StartDatabase(database.host, database.server, database.administrator, database.start),
        HasRoomFor(copy.host, root, source),
        VisitPages(places.web(site.platform.server), source),
        CreateDatabase(database),
        CopyDatabase(source.database, database),
        CopyTree(copy.host, source.path, fresh),
        RefreshTree(copy.host, source.path, fresh),
        MoveTree(copy.host, fresh, copy.path, "Move the files into place"),
        MakeDirectories(copy.host, copy.directories()),
        WriteSitesPhp(copy.host, root, copy.operator),
        WriteSettings(copy.host, copy),
        Relocate(copy, source.place.directory, ()),
        RehearseUpdates(copy),
        PublishSite(copy.host, web, copy, pair.platform.key, "maintenance"),
        VisitAgain(web, copy),
        RehearsalReported(pair.pk, site.domain, site.platform.name, pair.platform.name),
        WithdrawSite(copy.host, web, copy.domain),
        RemoveTree(copy.host, copy.path),
        DropDatabase(database),
        ForgetPairSecrets(pair.pk),
    ]


def ask(*, domain: str, platform: str, by: str) -> Task:
    """Queue the rehearsal of a move to another platform; the report will be the task's result."""
    site, target = finding.installed(domain, "moved"), finding.open_platform(platform)
    if target == site.platform:
        raise Refused(
            f"{site.domain} is on {target.name} already: choose another platform.", field="platform"
        )
    gate.require_fit(site, target)
    arguments = {"domain": domain, "platform": platform}
    with transaction.atomic():
        task = moving.begin("site_rehearse", site, target, by, arguments, backup=None)
        Pair.objects.filter(task=task.pk).update(domain=f"rehearsal-{task.pk}.invalid")
    return task


def _copy(site: Site, pair: Pair) -> SiteRef:
    """The site as the rehearsal has it: one name, and no mail."""
    ref = places.site_ref(site, pair)
    return dataclasses.replace(ref, names=(pair.domain,), redirects=(), canonical="", mail=False)
