"""Platforms over the API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal

from ninja import Field, Query, Router, Schema, Status

from aegir import access
from aegir.access import Actor, heard
from aegir.api.auth import Asked
from aegir.api.listing import Listing, Wanted
from aegir.api.schema import ERRORS, Body, Page, Paging, TaskDetail, accepted, page
from aegir.models import Platform

router = Router(tags=["platforms"])


class PlatformAnswer(Schema):
    name: str
    path: str | None
    """On the server; None, like the server, for who may not look at servers."""
    docroot: str
    """Below the path; "" when Drupal lies at the path itself."""
    server: str | None
    state: str
    version: str
    """Of Drupal."""
    major: int
    php: str
    profiles: list[str]
    languages: list[str]
    problems: list[str]
    """Empty for who may not look at servers."""
    code_changes: list[str]
    """What the last verification found changed in the code behind Aegir's back; empty for who may not look at
    servers."""
    code_changed_at: datetime | None
    clients: list[str]
    """Who may put sites on it, as far as the asker may see them; nobody means everybody."""
    source: dict[str, Any]
    """Where its code is built from; empty for code that was brought, and for who may not look at servers."""
    credentials: list[str]
    """What opens that place and others that its code names, by name; empty as ``source`` is."""
    built: dict[str, Any]
    """What its code exactly is: ``identity``, and what the build found out; empty as ``source`` is."""
    site_count: int | None
    """None for who may not see all of them."""
    verified_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, platform: Platform, actor: Actor) -> PlatformAnswer:
        return cls.shaper(actor)(platform)

    @classmethod
    def shaper(cls, actor: Actor) -> Callable[[Platform], PlatformAnswer]:
        """Shapes platforms for ``actor``: what he may see is found out once, not once a row."""
        inside, all_sites = access.may(actor, "server_see"), access.anywhere(actor, "site_see")
        known = set(access.clients(actor).values_list("pk", flat=True))
        own = ["name", "docroot", "state", "version", "major", "php", "profiles", "languages"]
        own += ["verified_at", "created_at"]

        def shape(platform: Platform) -> PlatformAnswer:
            return cls(
                **{name: getattr(platform, name) for name in own},
                path=platform.path if inside else None,
                server=platform.server.name if inside else None,
                problems=platform.problems if inside else [],
                code_changes=platform.code_changes if inside else [],
                code_changed_at=platform.code_changed_at if inside else None,
                source=platform.source if inside else {},
                credentials=sorted(row.name for row in platform.credentials.all()) if inside else [],
                built=platform.built if inside else {},
                site_count=getattr(platform, "site_count", 0) if all_sites else None,
                clients=sorted(row.name for row in platform.clients.all() if row.pk in known),
            )

        return shape


class NewSource(Body):
    """Where code comes from."""

    kind: Literal["composer", "git", "archive", "make"]
    location: str
    """``composer``: vendor/package:version, or a composer.json; ``git``: an address or an absolute path;
    ``archive`` and ``make``: an address or an absolute path. Paths of the server are for administrators."""
    reference: str = ""
    """Branch, tag or commit of a git repository; empty for what it offers by itself."""
    checksum: str = ""
    """``sha256:`` and 64 hexadecimal digits that the file must have."""
    submodules: bool = True
    """Whether a git repository's submodules are fetched too."""
    composer: bool = False
    """Whether ``composer install`` runs in what was fetched by git or from an archive."""


class NewPlatform(Body):
    name: str
    path: str | None = None
    """Of a codebase that lies on the server, absolute; without it, ``source`` is needed."""
    source: NewSource | None = None
    """Where to build it from."""
    docroot: str | None = None
    """Below the code, where it is not found by itself: at the top, or in web, docroot, html or public."""
    credentials: list[str] = Field([], max_length=20)
    """The names of those that open the source's host, and others that its code names."""


class Sharing(Body):
    clients: list[str] = Field(max_length=1000)
    """By name; nobody means everybody."""


class PlatformFilter(Wanted):
    """Which platforms are wanted."""

    state: Platform.State | None = None
    major: int | None = Field(None, ge=0, le=1000, description="of Drupal")
    profile: str | None = Field(None, max_length=60, description="that it offers")
    client: str | None = Field(None, description="who may put sites on it")


LISTING = Listing(
    sorts={"name": "name", "state": "state", "version": "major version", "site_count": "site_count",
           "verified_at": "verified_at", "created_at": "created_at"},
    search=("name", "version"),
    filters={"state": "state", "major": "major"},
)  # fmt: skip


@router.get("", response={200: Page[PlatformAnswer], **ERRORS})
def list_platforms(request: Asked, paging: Query[Paging], which: Query[PlatformFilter]) -> dict[str, Any]:
    """Platforms, by name unless ``sort`` says otherwise."""
    query = (
        access.platforms(request.auth)
        .counted()
        .select_related("server")
        .prefetch_related("clients", "credentials")
    )
    if which.profile is not None:
        # A list within the row: few enough to be looked through.
        offers = [row.pk for row in access.platforms(request.auth) if which.profile in row.profiles]
        query = query.filter(pk__in=offers)
    if which.client is not None:
        query = query.filter(pk__in=access.client(request.auth, which.client).platforms.values("pk"))
    return page(LISTING.of(query, which), paging, PlatformAnswer.shaper(request.auth))


@router.post("", response={202: TaskDetail, **ERRORS})
def add_platform(request: Asked, body: NewPlatform) -> Status[TaskDetail]:
    """Take in a codebase where it lies, and verify it; or build one, which is verified when it is built."""
    return accepted(request.auth, access.ask(request.auth, "platform_add", **body.dict()))


@router.get("/{name}", response={200: PlatformAnswer, **ERRORS})
def show_platform(request: Asked, name: str) -> PlatformAnswer:
    """One platform."""
    return PlatformAnswer.of(access.platform(request.auth, name), request.auth)


@router.post("/{name}/verify", response={202: TaskDetail, **ERRORS})
def verify_platform(request: Asked, name: str) -> Status[TaskDetail]:
    """Find out anew what the codebase holds and bring its configuration back to what it should be."""
    return accepted(request.auth, access.ask(request.auth, "platform_verify", name=name))


@router.post("/{name}/lock", response={200: PlatformAnswer, **ERRORS})
def lock_platform(request: Asked, name: str) -> PlatformAnswer:
    """Hide it from new sites and as a target of moves; the sites on it go on."""
    platform = _for("platform_lock", request, name)
    platform.lock()
    return PlatformAnswer.of(platform, request.auth)


@router.post("/{name}/unlock", response={200: PlatformAnswer, **ERRORS})
def unlock_platform(request: Asked, name: str) -> PlatformAnswer:
    """Let sites be put on it again."""
    platform = _for("platform_unlock", request, name)
    platform.unlock()
    return PlatformAnswer.of(platform, request.auth)


@router.put("/{name}/clients", response={200: PlatformAnswer, **ERRORS})
def share_platform(request: Asked, name: str, body: Sharing) -> PlatformAnswer:
    """Say who may put sites on it: exactly these clients, or everybody. The sites on it stay."""
    platform = _for("platform_share", request, name, clients=body.clients)
    platform.clients.set([access.client(request.auth, each) for each in body.clients])
    return PlatformAnswer.of(platform, request.auth)


@router.delete("/{name}", response={202: TaskDetail, **ERRORS})
def delete_platform(request: Asked, name: str) -> Status[TaskDetail]:
    """Forget an empty platform and remove what was made for it."""
    return accepted(request.auth, access.ask(request.auth, "platform_delete", name=name))


def _for(action: str, request: Asked, name: str, /, **details: Any) -> Platform:
    """The platform, if that may be done to it."""
    platform = access.platform(request.auth, name)
    access.require(request.auth, action, platform)
    heard.about(platform.name, **details)
    return platform
