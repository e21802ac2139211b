"""Finding what a request names; an unknown name is refused with the names that would do."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from aegir.errors import Refused
from aegir.models import Backup, Client, Platform, Server, Service, Site, SiteName, feature, names

_locked_too: ContextVar[bool] = ContextVar("locked_too", default=False)


@contextmanager
def locked_too() -> Iterator[None]:
    """In this block locked platforms are open: whoever asks may put sites on them."""
    token = _locked_too.set(True)
    try:
        yield
    finally:
        _locked_too.reset(token)


@contextmanager
def calling(**fields: str) -> Iterator[None]:
    """Refusals name arguments as the operation calls them: ``calling(domain="to")``."""
    try:
        yield
    except Refused as refusal:
        refusal.field = fields.get(refusal.field or "", refusal.field)
        raise


def site(domain: str) -> Site:
    """The live site of that domain, by its main name."""
    name = names.domain(domain)
    found = Site.objects.live().select_related("platform__server").filter(domain=name).last()
    if found is None:
        raise Refused(f"There is no site {name}: «aegir site list» shows those there are.", field="domain")
    return found


def installed(domain: str, wish: str) -> Site:
    """The site of that domain; Refused unless it is installed. ``wish`` is what was to be done with it."""
    found = site(domain)
    if found.state in (Site.State.QUEUED, Site.State.FAILED):
        raise Refused(
            f"{found.domain} is {found.get_state_display()}, so it cannot be {wish}: see its install task.",
            field="domain",
        )
    return found


def platform(name: str) -> Platform:
    """The live platform of that name."""
    found = Platform.objects.live().select_related("server").filter(name=name).first()
    if found is None:
        known = Platform.objects.live().order_by("name").values_list("name", flat=True)
        raise Refused(f"There is no platform «{names.shown(name)}»{_instead(known)}.", field="platform")
    return found


def open_platform(name: str) -> Platform:
    """The platform of that name, if sites may be put on it."""
    found = platform(name)
    if found.state == Platform.State.LOCKED and not _locked_too.get():
        raise Refused(f"The platform {name} is locked: unlock it or choose another.", field="platform")
    if found.state not in (Platform.State.ENABLED, Platform.State.LOCKED):
        raise Refused(
            f"The platform {name} is {found.get_state_display()}: see «aegir platform show {name}», "
            f"then «aegir platform verify {name}».",
            field="platform",
        )
    found.server.services.get(family=Service.WEB)
    return found


def refuse_taken(name: str) -> None:
    """Refused when a live site answers to that name."""
    taken = SiteName.objects.select_related("site").filter(name=name).first()
    if taken is not None:
        what = "already a site" if taken.main else "already an alias of a site"
        raise Refused(f"{name} is {what}: choose another domain.", field="domain")


def client(name: str | None) -> Client | None:
    """The client of that name, if it may have one site more; None for the house."""
    if not name:
        return None
    found = Client.objects.filter(name=name).first()
    if found is None:
        known = Client.objects.order_by("name").values_list("name", flat=True)
        raise Refused(f"There is no client «{names.shown(name)}»{_instead(known)}.", field="client")
    if feature.on("quotas"):
        found.refuse_full()
    return found


def refuse_remains(home: Platform, domain: str) -> None:
    """Refused when something lies where the directory of a new site would."""
    path = Path(home.root) / "sites" / domain
    if path.is_symlink() or path.exists():
        raise Refused(
            f"{path} is already there and Aegir knows no site of it: move it away, or choose another domain.",
            field="domain",
        )


def server(name: str) -> Server:
    found = Server.objects.filter(name=name).first()
    if found is None:
        known = Server.objects.order_by("name").values_list("name", flat=True)
        raise Refused(f"There is no server «{names.shown(name)}»{_instead(known)}.", field="server")
    return found


def database(server: Server, driver: str | None) -> Service:
    """The server's database service of that driver; MySQL before others when none is named."""
    offered = list(server.services.filter(family=Service.DATABASE))
    by_driver = {service.driver: service for service in offered}
    if driver is None:
        driver = "mysql" if "mysql" in by_driver else next(iter(sorted(by_driver)), "mysql")
    if driver not in by_driver:
        raise Refused(
            f"There is no database «{names.shown(driver)}»{_instead(sorted(by_driver))}.", field="db"
        )
    return by_driver[driver]


def backup(number: int) -> Backup:
    """The backup of that number, if its archive is there."""
    found = Backup.objects.select_related("site", "platform").filter(pk=number).first()
    if found is None or found.state == Backup.State.DELETED:
        raise Refused(
            f"There is no backup {number}: «aegir backup list» shows those there are.", field="backup"
        )
    if found.state == Backup.State.MAKING:
        raise Refused(f"The backup {number} is still being made: wait for task {found.task}.", field="backup")
    if _gone(found.path):
        raise Refused(f"The archive of backup {number} is gone: {found.path}.", field="backup")
    return found


def _gone(archive: Path) -> bool:
    """Whether it is known not to be there. The panel may not look into the folder of backups: the task's own
    first steps find out."""
    try:
        return not archive.is_file()
    except PermissionError:
        return False


def one_of(wanted: str, offered: list[str], what: str, field: str) -> str:
    """``wanted`` if it is on offer; Refused with the offer otherwise."""
    if wanted not in offered:
        raise Refused(f"There is no {what} «{names.shown(wanted)}»{_instead(offered)}.", field=field)
    return wanted


def _instead(known: Iterable[str]) -> str:
    shown = list(known)
    if not shown:
        return ": there is none at all yet"
    more = " …" if len(shown) > 8 else ""
    return ": choose from " + ", ".join(shown[:8]) + more
