"""Delete a site: set everything aside, record it, and only then remove what was set aside."""

from __future__ import annotations

from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Site, Task
from aegir.operations import finding, places
from aegir.steps.database import DropDatabase, StartDatabase
from aegir.steps.record import ForgetSecrets, SiteDeleted
from aegir.steps.trees import MoveTree, RemoveTree, hidden_path
from aegir.steps.web import WithdrawSite

TITLE = "Delete"


def plan(task: Task) -> list[Step]:
    site = places.site_of(task)
    server = site.platform.server
    path = f"{site.platform.root}/{site.directory}"
    parked = hidden_path(path, "deleted", task.pk)
    aside: list[Step] = [
        WithdrawSite(server.name, places.web(server), site.domain),
        MoveTree(server.name, path, parked, "Set aside the files"),
    ]
    gone: list[Step] = [RemoveTree(server.name, parked)]
    if site.database_secret_id is not None:
        ref = places.database(site)
        aside.insert(0, StartDatabase(ref.host, ref.server, ref.administrator, ref.start))
        gone.append(DropDatabase(ref))
    return [*aside, SiteDeleted(site.pk), *gone, ForgetSecrets(site.pk)]


def ask(*, domain: str, by: str) -> Task:
    """Queue the deletion of a site, whatever state it is in; nothing of it is left but its history."""
    site = finding.site(domain)
    if site.state == Site.State.QUEUED:
        raise Refused(
            f"{site.domain} is still being installed: cancel its install task instead.", field="domain"
        )
    return places.ask_site("site_delete", site, by, {"domain": domain})
