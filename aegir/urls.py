"""Every address that the panel answers."""

from django.urls import URLPattern, URLResolver, path

from aegir.api.routes import api
from aegir.pages import download, health, home, platforms, queues, servers, stream, tasks
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
    path("add", platforms.add, name="add"),
    path("platforms/<name>", platforms.platform, name="platform"),
    path("platforms/<name>/verify", platforms.verify, name="platform_verify"),
    path("platforms/<name>/delete", platforms.delete, name="platform_delete"),
    path("servers", servers.servers, name="servers"),
    path("servers/<name>", servers.server, name="server"),
    path("servers/<name>/verify", servers.verify, name="server_verify"),
    path("tasks", tasks.tasks, name="tasks"),
    path("tasks/<int:number>", tasks.task, name="task"),
    path("tasks/<int:number>/stream", stream.stream, name="stream"),
    path("tasks/<int:number>/cancel", tasks.cancel, name="task_cancel"),
    path("tasks/<int:number>/retry", tasks.retry, name="task_retry"),
    path("queues/<name>/pause", queues.pause, name="queue_pause"),
    path("queues/<name>/resume", queues.resume, name="queue_resume"),
]
