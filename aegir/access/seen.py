"""What an actor may see: every query of a door starts here."""

from __future__ import annotations

from typing import TypeVar

from django.db import connection
from django.db.models import F, Model, Q, QuerySet

from aegir.access.actor import Actor, NotFound, anywhere, may
from aegir.errors import Refused
from aegir.models import (
    ApiToken,
    AuditEntry,
    Backup,
    Client,
    Credential,
    Fleet,
    Message,
    Package,
    Pair,
    Platform,
    Server,
    Site,
    Subscription,
    Task,
    User,
    names,
)
from aegir.models.client import ClientQuerySet
from aegir.models.platform import PlatformQuerySet
from aegir.models.site import SiteQuerySet

Row = TypeVar("Row", bound=Model)
NEVER = Q(pk__lt=0)
"""A condition that holds for no row."""
HOLDERS = 100
"""Of so many sites and platforms packages are sorted to show the first of them."""


def servers(actor: Actor) -> QuerySet[Server]:
    """The servers that ``actor`` may see."""
    return Server.objects.all() if may(actor, "server_see") else Server.objects.none()


def platforms(actor: Actor) -> PlatformQuerySet:
    """The platforms that ``actor`` may see: a client those that he may use, and those of his sites."""
    if anywhere(actor, "platform_see"):
        return Platform.objects.live()
    if not may(actor, "platform_see"):
        return Platform.objects.none()
    used = Site.objects.live().filter(client__in=actor.clients).values("platform")
    usable = Q(state=Platform.State.ENABLED) & _shared(actor)
    return Platform.objects.live().filter(usable | Q(pk__in=used))


def open_platforms(actor: Actor, operation: str = "site_migrate") -> PlatformQuerySet:
    """Those of them that ``actor`` may put sites on by that operation: whoever may do it only to his clients'
    sites, on what is open to all or shared with them."""
    states = [Platform.State.ENABLED]
    if may(actor, "platform_use_locked"):
        states.append(Platform.State.LOCKED)
    found = platforms(actor).filter(state__in=states)
    return found if anywhere(actor, operation) else found.filter(_shared(actor))


def _shared(actor: Actor) -> Q:
    """Platforms that are open to all, or shared with a client of the actor's."""
    # Not by joins: they would multiply rows, and counts with them.
    closed = Client.objects.filter(platforms__isnull=False).values("platforms")
    his = Client.objects.filter(pk__in=actor.clients, platforms__isnull=False).values("platforms")
    return ~Q(pk__in=closed) | Q(pk__in=his)


def sites(actor: Actor) -> SiteQuerySet:
    """The sites that ``actor`` may see."""
    if anywhere(actor, "site_see"):
        return Site.objects.live()
    if may(actor, "site_see"):
        return Site.objects.live().filter(client__in=actor.clients)
    return Site.objects.none()


def fleets(actor: Actor) -> QuerySet[Fleet]:
    """The moves of whole platforms that ``actor`` may see."""
    found = Fleet.objects.select_related("source", "target")
    return found if may(actor, "fleet_see") else found.none()


def backups(actor: Actor) -> QuerySet[Backup]:
    """The backups that ``actor`` may see, of deleted sites too."""
    found = Backup.objects.exclude(state=Backup.State.DELETED)
    if anywhere(actor, "backup_see"):
        return found
    return found.filter(site__client__in=actor.clients) if may(actor, "backup_see") else found.none()


def kept_pairs(actor: Actor, row: Site) -> QuerySet[Pair]:
    """What a site that ``actor`` may see could go back to, newest first."""
    found = Pair.objects.filter(site=row, state=Pair.State.KEPT)
    return found.order_by("-since") if may(actor, "site_see", row) else Pair.objects.none()


def packages(actor: Actor) -> QuerySet[Package]:
    """The packages, of sites and platforms, that ``actor`` may see: put so that a page of a list in order is
    found quickly, however many there are."""
    parts = package_parts(actor)
    if len(parts) < 2:
        return parts[0]
    if sites(actor).count() + platforms(actor).count() <= HOLDERS:  # theirs are collected, and sorted
        return Package.objects.filter(pk__in=parts[0].values("pk").union(parts[1].values("pk"), all=True))
    # All packages are gone through in order instead. The sum keeps SQLite from collecting them by holder.
    ours, theirs = sites(actor).values("pk"), platforms(actor).values("pk")
    found = Package.objects.alias(of_site=F("site_id") + 0, of_platform=F("platform_id") + 0)
    return found.filter(Q(of_site__in=ours) | Q(of_platform__in=theirs))


def package_parts(actor: Actor) -> list[QuerySet[Package]]:
    """The same in parts that have nothing in common, each of which is counted along an index."""
    if anywhere(actor, "package_see"):
        return [Package.objects.all()]
    if not may(actor, "package_see"):
        return [Package.objects.none()]
    return [
        Package.objects.filter(site__in=sites(actor)),
        Package.objects.filter(platform__in=platforms(actor)),
    ]


def tasks(actor: Actor) -> QuerySet[Task]:
    """The tasks that ``actor`` may see, of deleted sites and platforms too."""
    if anywhere(actor, "task_see"):
        return Task.objects.all()
    if not may(actor, "task_see"):
        return Task.objects.none()
    theirs = Site.objects.filter(client__in=actor.clients).values("pk")
    return Task.objects.filter(subject_kind="site", subject_id__in=theirs)


def newest_tasks(actor: Actor) -> QuerySet[Task]:
    """The tasks that ``actor`` may see, put so that the newest are found quickly."""
    theirs = _many_sites(actor, "task_see")
    if theirs is None:
        return tasks(actor)
    return Task.objects.filter(Q(subject_id__in=theirs.values("pk")) | NEVER, subject_kind="site")


def newest_backups(actor: Actor) -> QuerySet[Backup]:
    """The backups that ``actor`` may see, put so that the newest are found quickly."""
    theirs = _many_sites(actor, "backup_see")
    if theirs is None:
        return backups(actor)
    return Backup.objects.exclude(state=Backup.State.DELETED).filter(Q(site__in=theirs) | NEVER)


def _many_sites(actor: Actor, action: str) -> QuerySet[Site] | None:
    """The sites of the actor's clients where they are many and PostgreSQL is asked: it goes through what
    belongs to sites from the newest on, and would look up the site of each anew. Beside a second condition
    the first is no join, but a set that is made once. None where there is no need."""
    if connection.vendor != "postgresql" or anywhere(actor, action) or not may(actor, action):
        return None
    theirs = Site.objects.filter(client__in=actor.clients)
    return theirs if theirs.count() > HOLDERS else None


def clients(actor: Actor) -> ClientQuerySet:
    """The clients that ``actor`` may see."""
    if anywhere(actor, "client_see"):
        return Client.objects.all()
    return Client.objects.filter(pk__in=actor.clients) if may(actor, "client_see") else Client.objects.none()


def users(actor: Actor) -> QuerySet[User]:
    """The people that ``actor`` may see: himself, or all."""
    if anywhere(actor, "user_see"):
        return User.objects.all()
    return User.objects.filter(pk=actor.user or 0) if may(actor, "user_see") else User.objects.none()


def tokens(actor: Actor) -> QuerySet[ApiToken]:
    """The tokens that ``actor`` may see: his own, or all."""
    found = ApiToken.objects.select_related("user").order_by("-pk")
    if anywhere(actor, "token_see"):
        return found
    return found.filter(user=actor.user) if may(actor, "token_see") else found.none()


def subscriptions(actor: Actor) -> QuerySet[Subscription]:
    """The subscriptions that ``actor`` may see: his own, or all."""
    found = Subscription.objects.select_related("owner", "site", "client").order_by("name", "pk")
    if anywhere(actor, "subscription_see"):
        return found
    return found.filter(owner=actor.user) if may(actor, "subscription_see") else found.none()


def messages(actor: Actor) -> QuerySet[Message]:
    """What was or shall be delivered, as far as ``actor`` may see it."""
    if anywhere(actor, "subscription_see"):
        return Message.objects.all()
    return Message.objects.filter(subscription__in=subscriptions(actor))


def audit(actor: Actor) -> QuerySet[AuditEntry]:
    """The audit, as far as ``actor`` may see it."""
    return AuditEntry.objects.all() if may(actor, "audit_see") else AuditEntry.objects.none()


def credentials(actor: Actor) -> QuerySet[Credential]:
    """The credentials that ``actor`` may see, without their secrets."""
    return Credential.objects.all() if may(actor, "credential_see") else Credential.objects.none()


def server(actor: Actor, name: str) -> Server:
    """The server of that name; NotFound when there is none to see."""
    return _one(servers(actor).filter(name=name), f"server «{names.shown(name)}»")


def platform(actor: Actor, name: str) -> Platform:
    """The platform of that name, counted; NotFound when there is none to see."""
    query = platforms(actor).counted().select_related("server").filter(name=name)
    return _one(query, f"platform «{names.shown(name)}»")


def credential(actor: Actor, name: str) -> Credential:
    """The credential of that name; NotFound when there is none to see."""
    return _one(credentials(actor).filter(name=name), f"credential «{names.shown(name)}»")


def site(actor: Actor, domain: str) -> Site:
    """The site of that main name, however it is written; NotFound when there is none to see."""
    try:
        stored = names.domain(domain)
    except Refused:
        stored = ""
    query = sites(actor).select_related("platform", "database", "login_secret", "client")
    return _one(query.filter(domain=stored), f"site «{names.shown(domain, 253)}»")


def task(actor: Actor, number: int) -> Task:
    """The task of that number; NotFound when there is none to see."""
    return _one(tasks(actor).filter(pk=_fitting(number)), f"task {number}")


def fleet(actor: Actor, number: int) -> Fleet:
    """The move of a platform's sites of that number; NotFound when there is none to see."""
    return _one(fleets(actor).filter(pk=_fitting(number)), f"move of sites {number}")


def backup(actor: Actor, number: int) -> Backup:
    """The backup of that number; NotFound when there is none to see."""
    query = backups(actor).select_related("platform", "site")
    return _one(query.filter(pk=_fitting(number)), f"backup {number}")


def kept_pair(actor: Actor, row: Site, number: int) -> Pair:
    """What ``row`` could go back to, by number; NotFound when there is no such thing to see."""
    query = kept_pairs(actor, row).filter(pk=_fitting(number))
    return _one(query, f"kept pair {number} of {row.domain}")


def client(actor: Actor, name: str) -> Client:
    """The client of that name, counted; NotFound when there is none to see."""
    return _one(clients(actor).counted().filter(name=name), f"client «{names.shown(name)}»")


def user(actor: Actor, name: str) -> User:
    """The person of that user name; NotFound when there is none to see."""
    return _one(users(actor).filter(username=name), f"user «{names.shown(name)}»")


def token(actor: Actor, number: int) -> ApiToken:
    """The token of that number; NotFound when there is none to see."""
    return _one(tokens(actor).filter(pk=_fitting(number)), f"token {number}")


def subscription(actor: Actor, number: int) -> Subscription:
    """The subscription of that number; NotFound when there is none to see."""
    return _one(subscriptions(actor).filter(pk=_fitting(number)), f"subscription {number}")


def _fitting(number: int) -> int:
    """The number, or 0 where no database could hold it."""
    return number if 0 <= number < 2**63 else 0


def _one(query: QuerySet[Row], what: str) -> Row:
    row = query.first()
    if row is None:
        raise NotFound(f"There is no {what}.")
    return row
