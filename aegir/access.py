"""Who may do what: one table. Every door asks here before it shows or starts anything."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model, QuerySet

from aegir.engine import ledger, recipe
from aegir.errors import AegirError, Refused
from aegir.models import Backup, Package, Pair, Platform, Server, Site, Task, User, names
from aegir.models.default import KINDS
from aegir.models.platform import PlatformQuerySet

Row = TypeVar("Row", bound=Model)


class Forbidden(AegirError):
    """The asker is known, and may not do this."""


class NotFound(AegirError):
    """Nothing of that name, or nothing that the asker may see."""


class Role(StrEnum):
    """What a person is to this Aegir."""

    ADMINISTRATOR = "administrator"


ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})

ACTIONS: dict[str, frozenset[Role]] = {
    "server_see": ADMINISTRATORS,
    "server_verify": ADMINISTRATORS,
    "platform_see": ADMINISTRATORS,
    "platform_add": ADMINISTRATORS,
    "platform_verify": ADMINISTRATORS,
    "platform_delete": ADMINISTRATORS,
    "site_see": ADMINISTRATORS,
    "site_install": ADMINISTRATORS,
    "site_verify": ADMINISTRATORS,
    "site_login": ADMINISTRATORS,
    "site_delete": ADMINISTRATORS,
    "site_backup": ADMINISTRATORS,
    "site_restore": ADMINISTRATORS,
    "site_migrate": ADMINISTRATORS,
    "site_undo": ADMINISTRATORS,
    "site_changes": ADMINISTRATORS,
    "site_rehearse": ADMINISTRATORS,
    "site_rename": ADMINISTRATORS,
    "site_clone": ADMINISTRATORS,
    "site_enable": ADMINISTRATORS,
    "site_disable": ADMINISTRATORS,
    "site_reinstall": ADMINISTRATORS,
    "site_sync": ADMINISTRATORS,
    "site_deploy": ADMINISTRATORS,
    "site_alias_add": ADMINISTRATORS,
    "site_alias_remove": ADMINISTRATORS,
    "site_alias_redirect": ADMINISTRATORS,
    "site_flush": ADMINISTRATORS,
    "site_cron": ADMINISTRATORS,
    "cron_set": ADMINISTRATORS,
    "site_update": ADMINISTRATORS,
    "site_permissions": ADMINISTRATORS,
    "site_drush": ADMINISTRATORS,
    "pair_retire": ADMINISTRATORS,
    "backup_see": ADMINISTRATORS,
    "backup_delete": ADMINISTRATORS,
    "setting_see": ADMINISTRATORS,
    "setting_change": ADMINISTRATORS,
    "package_see": ADMINISTRATORS,
    "task_see": ADMINISTRATORS,
    "task_cancel": ADMINISTRATORS,
    "task_retry": ADMINISTRATORS,
    "queue_see": ADMINISTRATORS,
    "queue_pause": ADMINISTRATORS,
    "queue_resume": ADMINISTRATORS,
}
"""Operations go by their module's name. What is not listed, nobody may."""

QUEUES = ("main", "cron")


@dataclass(frozen=True)
class Actor:
    """Who asks, through whichever door."""

    name: str
    """As tasks and the log show it."""
    roles: frozenset[Role]


def actor_of(user: User | AnonymousUser) -> Actor | None:
    """The signed-in person as an actor; None when nobody is signed in."""
    if not isinstance(user, User) or not user.is_active:
        return None
    return Actor(user.get_username(), ADMINISTRATORS if user.is_superuser else frozenset())


def may(actor: Actor, action: str, about: Model | None = None) -> bool:
    """Whether ``actor`` may do ``action``, to ``about`` where it is about one thing."""
    return not ACTIONS.get(action, frozenset()).isdisjoint(actor.roles)


def require(actor: Actor, action: str, about: Model | None = None) -> None:
    """Forbidden unless ``actor`` may."""
    if not may(actor, action, about):
        raise Forbidden(f"{actor.name} may not do this ({action.replace('_', ' ')}): ask an administrator.")


def ask(actor: Actor, operation: str, /, *, dry_run: bool = False, **arguments: Any) -> Task:
    """Ask for an operation on behalf of ``actor``. Refused as the operation's own ``ask`` refuses.

    A dry run only looks: its log says what each step found.
    """
    require(actor, operation)
    with ledger.only_looking() if dry_run else nullcontext():
        return recipe.load(operation).ask(actor.name, arguments)


def servers(actor: Actor) -> QuerySet[Server]:
    """The servers that ``actor`` may see."""
    return Server.objects.all() if may(actor, "server_see") else Server.objects.none()


def platforms(actor: Actor) -> PlatformQuerySet:
    """The platforms that ``actor`` may see."""
    return Platform.objects.live() if may(actor, "platform_see") else Platform.objects.none()


def sites(actor: Actor) -> QuerySet[Site]:
    """The sites that ``actor`` may see."""
    return Site.objects.live() if may(actor, "site_see") else Site.objects.none()


def backups(actor: Actor) -> QuerySet[Backup]:
    """The backups that ``actor`` may see, of deleted sites too."""
    found = Backup.objects.exclude(state=Backup.State.DELETED)
    return found if may(actor, "backup_see") else Backup.objects.none()


def kept_pairs(actor: Actor, row: Site) -> QuerySet[Pair]:
    """What a site that ``actor`` may see could go back to, newest first."""
    found = Pair.objects.filter(site=row, state=Pair.State.KEPT)
    return found.order_by("-since") if may(actor, "site_see", row) else Pair.objects.none()


def packages(actor: Actor) -> QuerySet[Package]:
    """The packages, of sites and platforms, that ``actor`` may see."""
    return Package.objects.all() if may(actor, "package_see") else Package.objects.none()


def tasks(actor: Actor) -> QuerySet[Task]:
    """The tasks that ``actor`` may see, of deleted sites and platforms too."""
    return Task.objects.all() if may(actor, "task_see") else Task.objects.none()


def server(actor: Actor, name: str) -> Server:
    """The server of that name; NotFound when there is none to see."""
    return _one(servers(actor).filter(name=name), f"server «{name}»")


def platform(actor: Actor, name: str) -> Platform:
    """The platform of that name, counted; NotFound when there is none to see."""
    query = platforms(actor).counted().select_related("server").filter(name=name)
    return _one(query, f"platform «{name}»")


def site(actor: Actor, domain: str) -> Site:
    """The site of that main name, however it is written; NotFound when there is none to see."""
    try:
        stored = names.domain(domain)
    except Refused:
        stored = ""
    query = sites(actor).select_related("platform", "database", "login_secret").filter(domain=stored)
    return _one(query, f"site «{domain}»")


def task(actor: Actor, number: int) -> Task:
    """The task of that number; NotFound when there is none to see."""
    return _one(tasks(actor).filter(pk=number), f"task {number}")


def backup(actor: Actor, number: int) -> Backup:
    """The backup of that number; NotFound when there is none to see."""
    return _one(backups(actor).select_related("platform", "site").filter(pk=number), f"backup {number}")


def kept_pair(actor: Actor, row: Site, number: int) -> Pair:
    """What ``row`` could go back to, by number; NotFound when there is no such thing to see."""
    return _one(kept_pairs(actor, row).filter(pk=number), f"kept pair {number} of {row.domain}")


def setting(name: str) -> str:
    """The name, if there is a default of that name; NotFound otherwise."""
    if name not in KINDS:
        raise NotFound(f"There is no setting «{names.shown(name)}»: choose from {', '.join(KINDS)}.")
    return name


def queue(name: str) -> str:
    """The name, if a queue has it; NotFound otherwise."""
    if name not in QUEUES:
        raise NotFound(f"There is no queue «{name}»: the queues are {', '.join(QUEUES)}.")
    return name


def _one(query: QuerySet[Row], what: str) -> Row:
    row = query.first()
    if row is None:
        raise NotFound(f"There is no {what}.")
    return row
