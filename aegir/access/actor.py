"""Who asks, and whether he may."""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch
from typing import Any, TypeVar

from django.contrib.auth.models import AnonymousUser
from django.db.models import Model

from aegir.access import heard
from aegir.access.table import ACTIONS, Role, within
from aegir.errors import AegirError
from aegir.models import (
    ApiToken,
    Backup,
    Client,
    Grant,
    Package,
    Pair,
    Platform,
    Site,
    Subscription,
    Task,
    User,
    feature,
)
from aegir.models.wording import Wording

Row = TypeVar("Row", bound=Model)
TOUCHING = ("user_change", "user_delete", "user_welcome", "user_link", "user_reset_factors")
"""What may be done to people with a role by those only who may give roles."""


class Forbidden(AegirError):
    """The asker is known, and may not do this."""


class NotFound(AegirError):
    """Nothing of that name, or nothing that the asker may see."""


@dataclass(frozen=True)
class Actor:
    """Who asks, through whichever door."""

    name: str
    """As tasks, the log and the audit show it."""
    roles: frozenset[Role]
    clients: frozenset[int] = frozenset()
    """Clients that he belongs to, by id."""
    user: int | None = None
    """His account, where he has one."""
    scopes: frozenset[str] | None = None
    """What a token limits him to; None for no limit."""

    @property
    def everywhere(self) -> bool:
        """Whether he is more than a client."""
        return bool(self.roles - {Role.CLIENT})


def on_this_machine(name: str) -> Actor:
    """Whoever may open the socket on the machine itself: its administrators."""
    return Actor(name, frozenset({Role.ADMINISTRATOR}))


def actor_of(user: User | AnonymousUser, scopes: frozenset[str] | None = None, by: str = "") -> Actor | None:
    """The signed-in person as an actor, in at most three queries; None when nobody is signed in.

    ``by`` says through what he asks, as «token deploy».
    """
    if not isinstance(user, User) or not user.is_active:
        return None
    name = f"{user.get_username()} ({by})" if by else user.get_username()
    if user.is_superuser:
        return Actor(name, frozenset({Role.ADMINISTRATOR}), user=user.pk, scopes=scopes)
    roles = {Role(role) for role in Grant.objects.filter(user=user).values_list("role", flat=True)}
    clients = frozenset(user.clients.values_list("pk", flat=True)) if feature.on("clients") else frozenset()
    if clients:
        roles.add(Role.CLIENT)
    return Actor(name, frozenset(roles), clients, user.pk, scopes)


def may(actor: Actor, action: str, about: Model | None = None) -> bool:
    """Whether ``actor`` may do ``action``, to ``about``; without it, whether to anything at all."""
    rule = ACTIONS.get(action)
    if rule is None or (rule.part and not feature.on(rule.part)):
        return False
    if actor.scopes is not None and not within(action, actor.scopes):
        return False
    if action in TOUCHING and isinstance(about, User) and about.pk != actor.user and _has_role(about):
        return may(actor, "user_grant")
    if not rule.anywhere.isdisjoint(actor.roles):
        return True
    return not rule.own.isdisjoint(actor.roles) and (about is None or owns(about, actor))


def _has_role(user: User) -> bool:
    """Whether somebody who took over the account would gain a role by it."""
    return user.is_superuser or user.grants.exists()


def anywhere(actor: Actor, action: str) -> bool:
    """Whether ``actor`` may do ``action`` to whatever there is."""
    rule = ACTIONS[action]
    return may(actor, action) and not rule.anywhere.isdisjoint(actor.roles)


def require(actor: Actor, action: str, about: Model | None = None) -> None:
    """Forbidden unless ``actor`` may; NotFound while the part that it belongs to is off."""
    if not action.endswith("_see"):
        heard.action(action)
    if not may(actor, action, about):
        if action in ACTIONS:
            there(ACTIONS[action].part)
        raise Forbidden(f"{actor.name} may not do this ({action.replace('_', ' ')}): ask an administrator.")


def allowed(actor: Actor, action: str, row: Row, **details: Any) -> Row:
    """``row``, to which ``action`` may be done, as the audit is told too; Forbidden where it may not."""
    require(actor, action, row)
    heard.about(str(row), **details)
    return row


def there(part: str) -> None:
    """NotFound while that part is switched off: what is off is gone. "" is always there."""
    if part and not feature.on(part):
        raise NotFound(f"There is nothing here: the feature «{feature.PARTS[part].title}» is switched off.")


def wording(actor: Actor) -> Wording:
    """How ``actor`` reads what is told of tasks."""
    return Wording(whole=actor.everywhere)


@singledispatch
def owns(about: Model, actor: Actor) -> bool:
    """Whether a thing belongs to one of the actor's clients, or to himself."""
    return False


@owns.register
def _(about: Site, actor: Actor) -> bool:
    return about.client_id in actor.clients


@owns.register(Backup)
@owns.register(Pair)
def _(about: Backup | Pair, actor: Actor) -> bool:
    return about.site.client_id in actor.clients


@owns.register
def _(about: Platform, actor: Actor) -> bool:
    theirs = set(about.clients.values_list("pk", flat=True))
    return not theirs or not theirs.isdisjoint(actor.clients)


@owns.register
def _(about: Package, actor: Actor) -> bool:
    thing = about.site or about.platform
    return thing is not None and owns(thing, actor)


@owns.register
def _(about: Task, actor: Actor) -> bool:
    if about.subject_kind != "site":
        return about.asked_by == actor.name
    return Site.objects.filter(pk=about.subject_id or 0, client__in=actor.clients).exists()


@owns.register
def _(about: Client, actor: Actor) -> bool:
    return about.pk in actor.clients


@owns.register
def _(about: User, actor: Actor) -> bool:
    return about.pk == actor.user


@owns.register
def _(about: ApiToken, actor: Actor) -> bool:
    return about.user_id == actor.user


@owns.register
def _(about: Subscription, actor: Actor) -> bool:
    return about.owner_id == actor.user
