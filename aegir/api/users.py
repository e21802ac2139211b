"""People over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.conf import settings
from django.db import transaction
from ninja import Field, Query, Router, Schema, Status

from aegir import access
from aegir.access import Actor, heard
from aegir.api import once
from aegir.api.auth import Asked
from aegir.api.listing import Listing, Wanted
from aegir.api.schema import ERRORS, Body, Page, Paging, page
from aegir.errors import Refused
from aegir.models import SignInLink, User, factors, names, people
from aegir.models.welcome import mail_is_set_up, welcome

router = Router(tags=["users"])

Given = Literal["administrator", "platform_manager", "account_manager"]


class UserAnswer(Schema):
    username: str
    name: str
    email: str
    active: bool
    """Whether he may sign in."""
    roles: list[str]
    """What he was given, beside what belonging to clients makes of him."""
    clients: list[str]
    """As far as the asker may see them."""
    last_login: datetime | None
    date_joined: datetime

    @classmethod
    def of(cls, user: User, known: set[int]) -> UserAnswer:
        """``known``: the clients that may be named."""
        return cls(
            username=user.username,
            name=user.get_full_name(),
            email=user.email,
            active=user.is_active,
            roles=people.roles(user),
            clients=sorted(client.name for client in user.clients.all() if client.pk in known),
            last_login=user.last_login,
            date_joined=user.date_joined,
        )


class SignInAnswer(Schema):
    link: str
    """Signs him in once; shown this once."""


class NewUser(Body):
    username: str
    email: str
    name: str = ""
    welcome: bool = False
    """Whether he is sent a mail with a link that signs him in once."""


class UserChange(Body):
    """What is not said stays as it is."""

    username: str | None = None
    email: str | None = None
    name: str | None = None
    active: bool | None = None


class Roles(Body):
    roles: list[Given] = Field(max_length=3)
    """Exactly these; [] takes all."""


class UserFilter(Wanted):
    """Which people are wanted."""

    active: bool | None = None
    client: str | None = Field(None, description="to which they belong")
    role: Given | None = None


LISTING = Listing(
    sorts={"username": "username", "name": "first_name last_name", "email": "email",
           "last_login": "last_login", "date_joined": "date_joined"},
    search=("username", "first_name", "last_name", "email"),
    filters={"active": "is_active"},
)  # fmt: skip


@router.get("", response={200: Page[UserAnswer], **ERRORS})
def list_users(request: Asked, paging: Query[Paging], which: Query[UserFilter]) -> dict[str, Any]:
    """People, by user name unless ``sort`` says otherwise: all of them, or the asker alone."""
    query = access.users(request.auth).prefetch_related("grants", "clients")
    if which.client is not None:
        query = query.filter(clients=access.client(request.auth, which.client))
    if which.role == people.ADMINISTRATOR:
        query = query.filter(is_superuser=True)
    elif which.role is not None:
        query = query.filter(grants__role=which.role)
    known = _known(request.auth)
    return page(LISTING.of(query, which), paging, lambda user: UserAnswer.of(user, known))


@router.post("", response={201: UserAnswer, **ERRORS})
def add_user(request: Asked, body: NewUser) -> Status[UserAnswer]:
    """Add a person, who is nothing yet: give him roles, or add him to clients."""
    access.require(request.auth, "user_add")
    heard.about(names.shown(body.username), **body.dict())
    with transaction.atomic():
        user = people.add(username=body.username, email=body.email, name=body.name)
        if body.welcome:
            _welcome(user)
    return Status(201, _shown(request, user.username))


@router.get("/{username}", response={200: UserAnswer, **ERRORS})
def show_user(request: Asked, username: str) -> UserAnswer:
    """One person."""
    return _shown(request, username)


@router.patch("/{username}", response={200: UserAnswer, **ERRORS})
def change_user(request: Asked, username: str, body: UserChange) -> UserAnswer:
    """Change what is said of him, or shut him out."""
    wanted = body.dict(exclude_unset=True)
    user = _for("user_change", request, username, **wanted)
    return _shown(request, people.change(user, **wanted).username)


@router.delete("/{username}", response={200: UserAnswer, **ERRORS})
def delete_user(request: Asked, username: str) -> UserAnswer:
    """Remove him, with his tokens and subscriptions. What he did stays in tasks and audit."""
    user = _for("user_delete", request, username)
    was = _shown(request, username)
    people.remove(user)
    return was


@router.put("/{username}/roles", response={200: UserAnswer, **ERRORS})
def grant_roles(request: Asked, username: str, body: Roles) -> UserAnswer:
    """Give him exactly these roles. When he loses one, his browsers are signed out."""
    user = _for("user_grant", request, username, roles=body.roles)
    people.grant(user, body.roles, keep=request.session.session_key or "")
    return _shown(request, username)


@router.post("/{username}/welcome", response={202: UserAnswer, **ERRORS})
def welcome_user(request: Asked, username: str) -> Status[UserAnswer]:
    """Send him a link that signs him in once, within 24 hours; older ones are dead then."""
    user = _for("user_welcome", request, username)
    _welcome(user)
    return Status(202, _shown(request, username))


@router.post("/{username}/link", response={201: SignInAnswer, **ERRORS})
def link_user(request: Asked, username: str) -> Status[SignInAnswer]:
    """Make a link that signs him in once, within 24 hours, for whoever hands it to him. It is shown this
    once, and older ones are dead then. A second factor is still asked for."""
    user = _for("user_link", request, username)
    _refuse_own(request, user, "You are signed in already: a link is for others.")
    _refuse_shut_out(user)
    once.shown_once(request)
    return Status(201, SignInAnswer(link=f"{settings.AEGIR_PANEL_URL}/sign-in/{SignInLink.mint(user)}"))


@router.delete("/{username}/second-factor", response={200: UserAnswer, **ERRORS})
def reset_second_factor(request: Asked, username: str) -> UserAnswer:
    """Take away his authenticator app, passkeys and recovery codes, for he lost them, and sign his browsers
    out."""
    user = _for("user_reset_factors", request, username)
    _refuse_own(request, user, "Remove your own second factor on the page «Your account».")
    factors.reset(user)
    return _shown(request, username)


def _for(action: str, request: Asked, username: str, /, **details: Any) -> User:
    """The person, if that may be done to him."""
    user = access.user(request.auth, username)
    access.require(request.auth, action, user)
    heard.about(user.username, **details)
    return user


def _refuse_own(request: Asked, user: User, sentence: str) -> None:
    """For what a borrowed session must not do to whoever it belongs to."""
    if user.pk == request.auth.user:
        raise Refused(sentence, field="username")


def _refuse_shut_out(user: User) -> None:
    if not user.is_active:
        raise Refused(f"{user.username} is shut out: let him in first.", field="username")


def _welcome(user: User) -> None:
    _refuse_shut_out(user)
    if not mail_is_set_up():
        raise Refused("Nobody takes Aegir's mail yet: set mail_host and mail_from first.")
    welcome(user, user.clients.order_by("name").first())


def _known(actor: Actor) -> set[int]:
    return set(access.clients(actor).values_list("pk", flat=True))


def _shown(request: Asked, username: str) -> UserAnswer:
    return UserAnswer.of(access.user(request.auth, username), _known(request.auth))
