"""Clients over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from ninja import Field, Query, Router, Schema, Status

from aegir import access
from aegir.access import heard
from aegir.api.auth import Asked
from aegir.api.listing import Listing, Wanted
from aegir.api.schema import ERRORS, Body, Page, Paging, page
from aegir.models import Client, names

router = Router(tags=["clients"])


class ClientAnswer(Schema):
    name: str
    title: str
    organisation: str
    email: str
    quota: int | None
    """How many sites it may have; 0 for any number, None for as the settings say."""
    allowance: int
    """What that comes to."""
    site_count: int
    created_at: datetime

    @classmethod
    def of(cls, client: Client) -> ClientAnswer:
        return cls.from_orm(client)


class ClientDetail(ClientAnswer):
    """One client, with its people and platforms as far as the asker may see them."""

    users: list[str]
    platforms: list[str]
    """Those that not everybody may use."""


class NewClient(Body):
    name: str
    title: str = ""
    """What people call it."""
    organisation: str = ""
    email: str
    quota: int | None = None


class ClientChange(Body):
    """What is not said stays as it is."""

    title: str | None = None
    organisation: str | None = None
    email: str | None = None
    quota: int | None = None
    """null for as the settings say."""


class Member(Body):
    user: str
    """His user name."""


class ClientFilter(Wanted):
    """Which clients are wanted."""

    user: str | None = Field(None, description="who belongs to them, by user name")


LISTING = Listing(
    sorts={"name": "name", "title": "title", "organisation": "organisation", "site_count": "site_count",
           "created_at": "created_at"},
    search=("name", "title", "organisation", "email"),
)  # fmt: skip


@router.get("", response={200: Page[ClientAnswer], **ERRORS})
def list_clients(request: Asked, paging: Query[Paging], which: Query[ClientFilter]) -> dict[str, Any]:
    """Clients, by name unless ``sort`` says otherwise."""
    access.there("clients")
    query = access.clients(request.auth).counted()
    if which.user is not None:
        query = query.filter(pk__in=access.user(request.auth, which.user).clients.values("pk"))
    return page(LISTING.of(query, which), paging, ClientAnswer.of)


@router.post("", response={201: ClientDetail, **ERRORS})
def add_client(request: Asked, body: NewClient) -> Status[ClientDetail]:
    """Add a client. Its people and sites come afterwards."""
    access.require(request.auth, "client_add")
    heard.about(names.shown(body.name), **body.dict())
    return Status(201, _shown(request, Client.add(**body.dict()).name))


@router.get("/{name}", response={200: ClientDetail, **ERRORS})
def show_client(request: Asked, name: str) -> ClientDetail:
    """One client."""
    return _shown(request, name)


@router.patch("/{name}", response={200: ClientDetail, **ERRORS})
def change_client(request: Asked, name: str, body: ClientChange) -> ClientDetail:
    """Change what is said of it; its name stays."""
    wanted = body.dict(exclude_unset=True)
    client = _for("client_change", request, name, **wanted)
    for field, value in wanted.items():
        if value is not None or field == "quota":
            setattr(client, field, value.strip() if isinstance(value, str) else value)
    client.title = client.title or client.name
    client.refuse_bad()
    client.save()
    return _shown(request, name)


@router.delete("/{name}", response={200: ClientAnswer, **ERRORS})
def delete_client(request: Asked, name: str) -> ClientAnswer:
    """Remove a client that owns no site. Its people stay."""
    client = _for("client_delete", request, name)
    was = ClientAnswer.of(client)
    with transaction.atomic():
        client.remove()
    return was


@router.post("/{name}/users", response={200: ClientDetail, **ERRORS})
def add_member(request: Asked, name: str, body: Member) -> ClientDetail:
    """Let a person see and manage the client's sites."""
    client = _for("client_change", request, name, user=body.user)
    client.users.add(access.user(request.auth, body.user))
    return _shown(request, name)


@router.delete("/{name}/users/{username}", response={200: ClientDetail, **ERRORS})
def remove_member(request: Asked, name: str, username: str) -> ClientDetail:
    """Take the client's sites from a person."""
    client = _for("client_change", request, name, user=username)
    client.users.remove(access.user(request.auth, username))
    return _shown(request, name)


def _for(action: str, request: Asked, name: str, /, **details: Any) -> Client:
    """The client, if that may be done to it."""
    client = access.client(request.auth, name)
    access.require(request.auth, action, client)
    heard.about(client.name, **details)
    return client


def _shown(request: Asked, name: str) -> ClientDetail:
    client = access.client(request.auth, name)
    users = access.users(request.auth).filter(clients=client).order_by("username")
    platforms = access.platforms(request.auth).filter(clients=client).order_by("name")
    return ClientDetail(
        **ClientAnswer.of(client).dict(),
        users=list(users.values_list("username", flat=True)),
        platforms=list(platforms.values_list("name", flat=True)),
    )
