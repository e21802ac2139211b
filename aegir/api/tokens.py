"""Tokens over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Field, Query, Router, Schema, Status

from aegir import access
from aegir.access import SCOPES, heard
from aegir.api import once
from aegir.api.auth import Asked
from aegir.api.listing import Listing, Wanted
from aegir.api.owner import owner
from aegir.api.schema import ERRORS, Body, Page, Paging, page
from aegir.errors import Refused
from aegir.models import ApiToken, names

router = Router(tags=["tokens"])


class TokenAnswer(Schema):
    id: int
    name: str
    user: str
    """For whom it acts."""
    hint: str
    """How it begins."""
    scopes: list[str]
    expires_at: datetime
    last_used_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, token: ApiToken) -> TokenAnswer:
        own = ["name", "hint", "scopes", "expires_at", "last_used_at", "created_at"]
        fields = {name: getattr(token, name) for name in own}
        return cls(**fields, id=token.pk, user=token.user.get_username())


class Minted(TokenAnswer):
    token: str
    """Shown this once."""


class NewToken(Body):
    name: str
    """What it is for."""
    scopes: list[str] = Field(min_length=1, max_length=len(SCOPES))
    """What it may be used for: see, site, backup, platform, task, client, user, server, setting, metrics,
    all."""
    days: int = 90
    """For how long."""
    user: str | None = None
    """For whom it acts: on the machine itself this is said, elsewhere it is the asker."""


class TokenFilter(Wanted):
    """Which tokens are wanted."""

    user: str | None = None


LISTING = Listing(
    sorts={"id": "pk", "name": "name", "user": "user__username", "expires_at": "expires_at",
           "last_used_at": "last_used_at"},
    search=("name", "user__username"),
    filters={"user": "user__username"},
    falling=True,
)  # fmt: skip


@router.get("", response={200: Page[TokenAnswer], **ERRORS})
def list_tokens(request: Asked, paging: Query[Paging], which: Query[TokenFilter]) -> dict[str, Any]:
    """Tokens, newest first unless ``sort`` says otherwise: one's own, or all. No token itself."""
    access.there("tokens")
    return page(LISTING.of(access.tokens(request.auth), which), paging, TokenAnswer.of)


@router.post("", response={201: Minted, **ERRORS})
def add_token(request: Asked, body: NewToken) -> Status[Minted]:
    """Make a token; its text is shown this once, and no token may make another."""
    access.require(request.auth, "token_add")
    heard.about(names.shown(body.name), **body.dict(exclude={"name"}))
    unknown = next((scope for scope in body.scopes if scope not in SCOPES), None)
    if unknown is not None:
        raise Refused(
            f"There is no scope «{names.shown(unknown)}»: choose from {', '.join(SCOPES)}.", field="scopes"
        )
    row, text = ApiToken.mint(owner(request.auth, body.user), body.name, body.scopes, body.days)
    once.shown_once(request)
    return Status(201, Minted(**TokenAnswer.of(row).dict(), token=text))


@router.delete("/{id}", response={200: TokenAnswer, **ERRORS})
def revoke_token(request: Asked, id: int) -> TokenAnswer:
    """Revoke a token: from now on it lets nobody in."""
    token = access.token(request.auth, id)
    access.require(request.auth, "token_revoke", token)
    heard.about(str(token), user=token.user.get_username())
    was = TokenAnswer.of(token)
    token.delete()
    return was
