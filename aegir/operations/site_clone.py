"""Clone a site: a new one with the same content, which shares nothing with the one it was made from.

That one is only read and goes on being served: its database is copied as it was at one moment, its files
right after, so that none which the database knows is missing.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from aegir.engine.ledger import Key
from aegir.engine.step import Step
from aegir.models import Site, Task, names
from aegir.operations import aliases as naming
from aegir.operations import drush_aliases, finding, gate, new_site, places
from aegir.steps.app import Identify, InspectSite, Relocate, UpdateDrupal
from aegir.steps.database import CopyDatabase, CreateDatabase, StartDatabase
from aegir.steps.files import MakeDirectories
from aegir.steps.record import SiteInspected
from aegir.steps.room import HasRoomFor
from aegir.steps.site import WriteSettings, WriteSitesPhp
from aegir.steps.trees import CopyTree, MoveTree, hidden_path
from aegir.steps.web import ProbeSite, PublishSite

TITLE = "Clone"

ended = new_site.ended


def plan(task: Task) -> list[Step]:
    site, wanted = places.site_of(task), task.arguments
    original = finding.site(wanted["domain"])
    elsewhere = original.platform != site.platform
    if elsewhere:
        gate.require_fit(original, site.platform)
    source, ref, web = places.site_ref(original), places.site_ref(site), places.web(site.platform.server)
    fresh = hidden_path(ref.path, "new", task.pk)
    return [
        StartDatabase(ref.host, ref.database.server, ref.database.administrator, ref.database.start),
        HasRoomFor(ref.host, ref.place.root, source),
        CreateDatabase(ref.database),
        CopyDatabase(source.database, ref.database),
        CopyTree(ref.host, source.path, fresh),
        MoveTree(ref.host, fresh, ref.path, "Move the files into place"),
        MakeDirectories(ref.host, ref.directories()),
        WriteSitesPhp(ref.host, ref.place.root, ref.operator),
        WriteSettings(ref.host, ref),
        Relocate(ref, source.place.directory, (*source.names, *source.redirects)),
        *([UpdateDrupal(ref)] if elsewhere else []),
        Identify(ref, wanted["sanitize"]),
        InspectSite(ref, rebuild_caches=True, login=True),
        PublishSite(ref.host, web, ref, site.platform.key),
        ProbeSite(ref.host, web, ref),
        SiteInspected(site.pk),
        drush_aliases.of_site(ref),
    ]


def ask(
    *,
    domain: str,
    to: str,
    platform: str | None = None,
    aliases: Sequence[str] = (),
    mail: bool = True,
    sanitize: bool = False,
    client: str | None = None,
    by: str,
) -> Task:
    """Queue the making of a new site from an installed one, here or on another platform.

    Without ``mail`` the new one collects what it would send; with ``sanitize`` nobody but its first account
    has an address or a password there.
    """
    original = finding.installed(domain, "cloned")
    home = finding.open_platform(platform or original.platform.name)
    if home != original.platform:
        gate.require_fit(original, home)
    with finding.calling(domain="to"):
        name = names.domain(to)
    site = Site(
        domain=name,
        platform=home,
        database=original.database,
        profile=original.profile,
        language=original.language,
        email=original.email,
        cloaked=original.cloaked,
        mail=mail,
        client=finding.client(client),
    )
    arguments = {"domain": domain, "to": to, "platform": platform, "aliases": list(aliases), "mail": mail,
                 "sanitize": sanitize, "client": client}  # fmt: skip
    read = [Key(f"site:{original.pk}", shared=True), Key(f"platform:{original.platform_id}", shared=True)]
    with transaction.atomic():
        with finding.calling(domain="to"):
            task = new_site.begin("site_clone", site, by, arguments, keys=read)
        with finding.calling(name="aliases"):
            naming.take(site, aliases)
    return task
