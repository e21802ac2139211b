"""Platforms over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Query, Router, Schema, Status

from aegir import access
from aegir.api.auth import Asked
from aegir.api.schema import ERRORS, Body, Page, Paging, TaskDetail, accepted, page
from aegir.models import Platform

router = Router(tags=["platforms"])


class PlatformAnswer(Schema):
    name: str
    path: str
    docroot: str
    """Below the path; "" when Drupal lies at the path itself."""
    server: str
    state: str
    version: str
    """Of Drupal."""
    major: int
    php: str
    profiles: list[str]
    languages: list[str]
    problems: list[str]
    site_count: int
    verified_at: datetime | None
    created_at: datetime

    @classmethod
    def of(cls, platform: Platform) -> PlatformAnswer:
        own = ["name", "path", "docroot", "state", "version", "major", "php", "profiles", "languages"]
        own += ["problems", "site_count", "verified_at", "created_at"]
        fields = {name: getattr(platform, name) for name in own}
        return cls(**fields, server=platform.server.name)


class NewPlatform(Body):
    name: str
    path: str
    """Of the codebase, absolute."""


@router.get("", response={200: Page[PlatformAnswer], **ERRORS})
def list_platforms(request: Asked, paging: Query[Paging]) -> dict[str, Any]:
    """All platforms, by name."""
    query = access.platforms(request.auth).counted().select_related("server").order_by("name")
    return page(query, paging, PlatformAnswer.of)


@router.post("", response={202: TaskDetail, **ERRORS})
def add_platform(request: Asked, body: NewPlatform) -> Status[TaskDetail]:
    """Take in a codebase where it lies, and verify it."""
    return accepted(access.ask(request.auth, "platform_add", name=body.name, path=body.path))


@router.get("/{name}", response={200: PlatformAnswer, **ERRORS})
def show_platform(request: Asked, name: str) -> PlatformAnswer:
    """One platform."""
    return PlatformAnswer.of(access.platform(request.auth, name))


@router.post("/{name}/verify", response={202: TaskDetail, **ERRORS})
def verify_platform(request: Asked, name: str) -> Status[TaskDetail]:
    """Find out anew what the codebase holds and bring its configuration back to what it should be."""
    return accepted(access.ask(request.auth, "platform_verify", name=name))


@router.delete("/{name}", response={202: TaskDetail, **ERRORS})
def delete_platform(request: Asked, name: str) -> Status[TaskDetail]:
    """Forget an empty platform and remove what was made for it."""
    return accepted(access.ask(request.auth, "platform_delete", name=name))
