"""From rows to the plain values that steps work on."""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Iterable
from typing import Any, TypeVar

from django.conf import settings

from aegir.drivers.app import SitePlace
from aegir.drivers.database import Database, DatabaseServer
from aegir.drivers.php import PhpService, Pool
from aegir.drivers.web import PlatformConfig, VhostState, WebService
from aegir.engine import ledger
from aegir.engine.ledger import Key, Subject
from aegir.errors import Refused
from aegir.models import Pair, Platform, Prepared, Server, Service, Site, Task, backup
from aegir.steps.site import DatabaseRef, SiteRef

Value = TypeVar("Value", WebService, PhpService, DatabaseServer)


def value(kind: type[Value], service: Service) -> Value:
    """A service's settings as its driver family's own value type."""
    fields: dict[str, Any] = {
        key: tuple(item) if isinstance(item, list) else item for key, item in service.settings.items()
    }
    return kind(**fields)


def offered(server: Server, family: str) -> Service:
    """The server's service of that family; Refused when it has none."""
    service = server.services.filter(family=family).first()
    if service is None:
        raise Refused(f"The server {server.name} offers no {family} service: verify it or choose another.")
    return service


def web(server: Server) -> WebService:
    return value(WebService, offered(server, Service.WEB))


def php(server: Server) -> PhpService:
    return value(PhpService, offered(server, Service.PHP))


def operator() -> str | None:
    """Who owns code and settings; None where this process cannot give files away."""
    return str(settings.AEGIR_OPERATOR) if os.geteuid() == 0 else None


def web_group(server: Server) -> str | None:
    return web(server).group if os.geteuid() == 0 else None


def drush() -> str:
    """The folder of Drush's aliases."""
    return str(settings.AEGIR_HOME / "drush")


def platform_config(platform: Platform) -> PlatformConfig:
    service = php(platform.server)
    return PlatformConfig(
        name=platform.key, root=platform.root, php_socket=f"{service.socket_directory}/{platform.key}.sock"
    )


def pool(platform: Platform) -> Pool:
    return Pool(name=platform.key, root=platform.root)


def database(pair: Site | Pair | Prepared) -> DatabaseRef:
    """The database of a site's live pair, of another pair, or of a prepared copy."""
    service = pair.database
    assert pair.database_secret_id is not None, "what has no secrets has no database either"
    return DatabaseRef(
        host=service.server.name,
        server=value(DatabaseServer, service),
        administrator=service.secret_id,
        database=Database(name=pair.database_name, user=pair.database_user),
        password=pair.database_secret_id,
        start=tuple(service.start),
    )


def site_ref(site: Site, pair: Pair | None = None) -> SiteRef:
    """The site as steps know it, with its live pair or as it will be with ``pair``."""
    live = pair or site
    platform, server = live.platform, live.platform.server
    assert live.salt_secret_id is not None
    port = web(server).port
    names = list(site.names.filter(reserved=False).exclude(name=live.domain).order_by("name"))
    main = site.names.filter(name=live.domain, redirects=True)
    return SiteRef(
        host=server.name,
        domain=live.domain,
        names=(live.domain, *(row.name for row in names if not row.redirects)),
        place=SitePlace(
            root=platform.root,
            directory=f"sites/{live.domain}",
            uri=f"http://{live.domain}" + (f":{port}" if port != 80 else ""),
            php=php(server).cli,
            user=php(server).user,
        ),
        major=platform.major,
        cloaked=site.cloaked,
        operator=operator(),
        web_group=web_group(server),
        salt=live.salt_secret_id,
        database=database(live),
        redirects=tuple(row.name for row in [*main, *names] if row.redirects),
        canonical=site.canonical,
        mail=site.mail,
        drush=drush(),
    )


def vhost_state(site: Site) -> VhostState:
    """As visitors shall find the site while no task works on it."""
    return "disabled" if site.state == Site.State.DISABLED else "enabled"


def site_of(task: Task) -> Site:
    """The site that a task is about."""
    return Site.objects.select_related("platform__server", "database__server").get(pk=task.subject_id or 0)


def platform_of(task: Task) -> Platform:
    return Platform.objects.select_related("server").get(pk=task.subject_id or 0)


def server_of(task: Task) -> Server:
    return Server.objects.get(pk=task.subject_id or 0)


def ask_site(
    operation: str,
    site: Site,
    by: str,
    arguments: dict[str, Any],
    *,
    priority: int = 0,
    queue: str = "main",
    platforms: Iterable[Platform] = (),
    sites: Iterable[Site] = (),
    keys: Iterable[Key] = (),
) -> Task:
    """Queue a task that holds a site alone, and shares what must not change meanwhile: its platform and
    server, and further ``platforms``. ``sites`` are others that it holds alone too, ``keys`` what else."""
    homes = {home.pk: home for home in (site.platform, *platforms)}
    keys = [
        *keys,
        *(Key(f"site:{held.pk}") for held in (site, *sites)),
        *(Key(f"platform:{number}", shared=True) for number in homes),
        *(Key(f"server:{home.server_id}", shared=True) for home in homes.values()),
    ]
    subject = Subject("site", site.pk, site.domain)
    return ledger.ask(
        operation, subject=subject, keys=keys, by=by, arguments=arguments, priority=priority, queue=queue
    )


def ask_platform(operation: str, platform: Platform, by: str, arguments: dict[str, Any]) -> Task:
    """Queue a task that holds a platform alone: no site on it is worked on meanwhile."""
    keys = [Key(f"platform:{platform.pk}"), Key(f"server:{platform.server_id}", shared=True)]
    subject = Subject("platform", platform.pk, platform.name)
    return ledger.ask(operation, subject=subject, keys=keys, by=by, arguments=arguments)


def disks(server: Server) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """What fills the server's disks, and where it lies: codebases may be anywhere."""
    used = server.platforms.exclude(state=Platform.State.DELETED).values_list("path", flat=True)
    homes = {str(settings.AEGIR_HOME / "platforms"), *(posixpath.dirname(path) for path in used)}
    return ("platforms", tuple(sorted(homes))), ("backups", (str(backup.folder()),))


def database_name(domain: str, task: int) -> str:
    """Also the user's name: what people recognise, then the task's id, which nobody else has."""
    slug = re.sub(r"[^a-z0-9]+", "_", domain).strip("_")[:20].rstrip("_")
    return f"{slug}_{task}"
