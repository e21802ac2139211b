"""Which directories of a platform may be sites that Aegir does not know."""

from __future__ import annotations

from pathlib import Path

from aegir.drivers.database import DatabaseServer
from aegir.engine.step import Step
from aegir.errors import Refused
from aegir.models import Pair, Platform, Secret, Service, Site, Task, names
from aegir.operations import places
from aegir.steps.imports import FindSites, Offer, read_by

NOBODYS = ("all",)


def found(platform: Platform) -> list[Step]:
    """A step that reads what lies there unknown; none when nothing does."""
    known = set(Site.objects.live().filter(platform=platform).values_list("domain", flat=True))
    strange = [name for name in _with_settings(platform) if name not in known and name not in NOBODYS]
    if not strange:
        return []
    php = places.php(platform.server)
    return [
        FindSites(
            host=platform.server.name,
            root=platform.root,
            php=php.cli,
            user=php.user,
            domains=tuple(name for name in strange if _is_domain(name)),
            strays=tuple(name for name in strange if not _is_domain(name)),
            offers=_offers(platform),
        )
    ]


def forget_read(task: Task) -> None:
    """For ``ended``: what the task has read from settings is nobody's."""
    Secret.objects.filter(purpose__endswith=read_by(task.pk)).delete()


def _with_settings(platform: Platform) -> list[str]:
    """Links are not followed: what they lead to is found where it is."""
    places_of_settings = sorted(Path(platform.root).glob("sites/*/settings.php"))
    folders = [path.parent for path in places_of_settings if not path.parent.name.startswith(".")]
    return [folder.name for folder in folders if not folder.is_symlink()]


def _is_domain(name: str) -> bool:
    try:
        return names.domain(name) == name
    except Refused:
        return False


def _offers(platform: Platform) -> tuple[Offer, ...]:
    services = platform.server.services.filter(family=Service.DATABASE)
    return tuple(
        Offer(service.pk, places.value(DatabaseServer, service), _used(service)) for service in services
    )


def _used(service: Service) -> tuple[str, ...]:
    live = Site.objects.live().filter(database=service).values_list("database_name", "database_user")
    kept = Pair.objects.filter(database=service).values_list("database_name", "database_user")
    return tuple(sorted({name for row in (*live, *kept) for name in row if name}))
