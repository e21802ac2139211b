"""Servers over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Query, Router, Schema, Status

from aegir import access
from aegir.api.auth import Asked
from aegir.api.listing import Listing, Wanted
from aegir.api.schema import ERRORS, Page, Paging, TaskDetail, accepted, page
from aegir.models import Server

router = Router(tags=["servers"])


class ServiceAnswer(Schema):
    family: str
    driver: str


class ServerAnswer(Schema):
    name: str
    title: str
    addresses: list[str]
    state: str
    services: list[ServiceAnswer]
    facts: dict[str, Any]
    verified_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, server: Server) -> ServerAnswer:
        services = [ServiceAnswer.from_orm(service) for service in server.services.all()]
        own = ["name", "title", "addresses", "state", "facts", "verified_at", "created_at"]
        return cls(**{name: getattr(server, name) for name in own}, services=services)


class ServerFilter(Wanted):
    """Which servers are wanted."""

    state: Server.State | None = None


LISTING = Listing(
    sorts={"name": "name", "title": "title", "state": "state", "verified_at": "verified_at"},
    search=("name", "title"),
    filters={"state": "state"},
)


@router.get("", response={200: Page[ServerAnswer], **ERRORS})
def list_servers(request: Asked, paging: Query[Paging], which: Query[ServerFilter]) -> dict[str, Any]:
    """Servers, by name unless ``sort`` says otherwise."""
    query = access.servers(request.auth).prefetch_related("services")
    return page(LISTING.of(query, which), paging, ServerAnswer.of)


@router.get("/{name}", response={200: ServerAnswer, **ERRORS})
def show_server(request: Asked, name: str) -> ServerAnswer:
    """One server."""
    return ServerAnswer.of(access.server(request.auth, name))


@router.post("/{name}/verify", response={202: TaskDetail, **ERRORS})
def verify_server(request: Asked, name: str) -> Status[TaskDetail]:
    """Check a server and bring its configuration back to what it should be."""
    return accepted(request.auth, access.ask(request.auth, "server_verify", name=name))
