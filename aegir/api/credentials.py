"""Credentials over the API: what opens other hosts when code is fetched. No secret comes out."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Query, Router, Schema, Status

from aegir import access
from aegir.access import heard
from aegir.api.auth import Asked
from aegir.api.listing import Listing, Wanted
from aegir.api.schema import ERRORS, Body, Page, Paging, page
from aegir.models import Credential, names

router = Router(tags=["credentials"])


class CredentialAnswer(Schema):
    name: str
    host: str
    """For which alone it is used."""
    kind: str
    user: str
    platforms: list[str]
    """Which are built with it."""
    created_at: datetime

    @classmethod
    def of(cls, row: Credential) -> CredentialAnswer:
        used = sorted(each.name for each in row.platforms.all() if each.state != "deleted")
        own = {name: getattr(row, name) for name in ("name", "host", "kind", "user", "created_at")}
        return cls(**own, platforms=used)


class NewCredential(Body):
    name: str
    host: str
    kind: Credential.Kind = Credential.Kind.TOKEN
    user: str = ""
    """Needed with a password; for a key the one to sign in as, where the address names none."""
    secret: str
    """The token, the password, or the private key. It is never shown again."""


LISTING = Listing(
    sorts={"name": "name", "host": "host", "kind": "kind", "created_at": "created_at"},
    search=("name", "host"),
    filters={},
)


@router.get("", response={200: Page[CredentialAnswer], **ERRORS})
def list_credentials(request: Asked, paging: Query[Paging], which: Query[Wanted]) -> dict[str, Any]:
    """Credentials, by name unless ``sort`` says otherwise. No secret."""
    access.require(request.auth, "credential_see")
    query = access.credentials(request.auth).prefetch_related("platforms")
    return page(LISTING.of(query, which), paging, CredentialAnswer.of)


@router.post("", response={201: CredentialAnswer, **ERRORS})
def add_credential(request: Asked, body: NewCredential) -> Status[CredentialAnswer]:
    """Keep what opens a host; the secret is sealed at once."""
    access.require(request.auth, "credential_add")
    heard.about(names.shown(body.name), host=names.shown(body.host), kind=body.kind)
    return Status(201, CredentialAnswer.of(Credential.add(**body.dict())))


@router.delete("/{name}", response={200: CredentialAnswer, **ERRORS})
def delete_credential(request: Asked, name: str) -> CredentialAnswer:
    """Forget a credential that no platform is built with."""
    row = access.allowed(request.auth, "credential_delete", access.credential(request.auth, name))
    was = CredentialAnswer.of(row)
    row.remove()
    return was
