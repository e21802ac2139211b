"""Every address that the panel answers."""

from django.urls import URLPattern, URLResolver, path

from aegir.api.routes import api
from aegir.pages import (
    backups,
    credentials,
    download,
    fleets,
    health,
    home,
    packages,
    platform_new,
    platforms,
    queues,
    servers,
    stream,
    tasks,
)
from aegir.pages.account_routes import own_account, signing_in, signing_up
from aegir.pages.people_routes import overseeing, people
from aegir.pages.site_routes import about_sites

handler404 = "aegir.pages.door.not_found"

urlpatterns: list[URLPattern | URLResolver] = [
    path("api/", api.urls),
    path("health", health.health, name="health"),
    path("health/live", health.live, name="health_live"),
    path("metrics", health.measure, name="metrics"),
    *signing_in,
    *own_account,
    *signing_up,
    *people,
    *overseeing,
    path("download/<token>", download.download, name="download"),
    path("", home.home, name="home"),
    path("live", stream.live, name="live"),
    *about_sites,
    path("platforms", platforms.platforms, name="platforms"),
    path("platforms/bulk", platforms.bulk, name="platforms_bulk"),
    path("add", platform_new.add, name="add"),
    path("credentials", credentials.credentials, name="credentials"),
    path("new/credential", credentials.add, name="credential_add"),
    path("credentials/<name>/delete", credentials.delete, name="credential_delete"),
    path("platforms/<name>", platforms.platform, name="platform"),
    path("platforms/<name>/verify", platforms.verify, name="platform_verify"),
    path("platforms/<name>/lock", platforms.lock, name="platform_lock"),
    path("platforms/<name>/unlock", platforms.unlock, name="platform_unlock"),
    path("platforms/<name>/share", platforms.share, name="platform_share"),
    path("platforms/<name>/delete", platforms.delete, name="platform_delete"),
    path("platforms/<name>/move-sites", fleets.add, name="fleet_add"),
    path("fleets", fleets.fleets, name="fleets"),
    path("fleets/<int:number>", fleets.fleet, name="fleet"),
    path("fleets/<int:number>/start", fleets.start, name="fleet_start"),
    path("fleets/<int:number>/pause", fleets.pause, name="fleet_pause"),
    path("fleets/<int:number>/resume", fleets.resume, name="fleet_resume"),
    path("fleets/<int:number>/retry", fleets.retry, name="fleet_retry"),
    path("fleets/<int:number>/cancel", fleets.cancel, name="fleet_cancel"),
    path("fleets/<int:number>/undo", fleets.undo, name="fleet_undo"),
    path("servers", servers.servers, name="servers"),
    path("servers/<name>", servers.server, name="server"),
    path("servers/<name>/verify", servers.verify, name="server_verify"),
    path("backups", backups.backups, name="backups"),
    path("backups/delete", backups.delete, name="backups_delete"),
    path("backups/<int:number>/fetch", backups.fetch, name="backup_fetch"),
    path("packages", packages.packages, name="packages"),
    path("packages/export", packages.export, name="packages_export"),
    path("tasks", tasks.tasks, name="tasks"),
    path("tasks/bulk", tasks.bulk, name="tasks_bulk"),
    path("tasks/<int:number>", tasks.task, name="task"),
    path("tasks/<int:number>/cancel", tasks.cancel, name="task_cancel"),
    path("tasks/<int:number>/retry", tasks.retry, name="task_retry"),
    path("queues", queues.queues, name="queues"),
    path("queues/<name>/pause", queues.pause, name="queue_pause"),
    path("queues/<name>/resume", queues.resume, name="queue_resume"),
]
