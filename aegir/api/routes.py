"""All nouns in one API; its description lies at ``/api/openapi.json``."""

from __future__ import annotations

from ninja import NinjaAPI

from aegir.api import (
    aliases,
    backups,
    comparison,
    cron,
    errors,
    packages,
    platforms,
    queues,
    servers,
    settings,
    site_verbs,
    sites,
    tasks,
)
from aegir.api.auth import SocketOrSession

api = NinjaAPI(
    title="Aegir",
    version="1",
    description="Hosts Drupal sites. What takes time is answered at once with a task to follow.",
    auth=SocketOrSession(),
    docs_url=None,
    urls_namespace="api",
)
for noun in (servers, platforms, sites, backups, packages, tasks, queues, cron, settings):
    api.add_router(f"/{noun.__name__.rpartition('.')[2]}", noun.router)
for more in (site_verbs, aliases, comparison):
    api.add_router("/sites", more.router)
errors.register(api)
