"""The package registry over the API."""

from __future__ import annotations

from typing import Any

from ninja import Query, Router, Schema

from aegir import access
from aegir.api.auth import Asked
from aegir.api.listing import Listing, Wanted
from aegir.api.schema import ERRORS, Page, Paging, page
from aegir.models import Package

router = Router(tags=["packages"])


class PackageAnswer(Schema):
    kind: str
    """core, module, theme, profile, theme_engine or library."""
    name: str
    title: str
    version: str
    platform: str | None
    """Of the codebase that has it, or None for what one site has."""
    site: str | None
    enabled: bool | None
    """Only sites know."""
    schema_in_code: int | None
    schema_installed: int | None
    hidden: bool
    path: str

    @classmethod
    def of(cls, package: Package) -> PackageAnswer:
        own = ["kind", "name", "title", "version", "enabled", "schema_installed", "hidden", "path"]
        return cls(
            **{name: getattr(package, name) for name in own},
            schema_in_code=package.schema,
            platform=package.platform.name if package.platform else None,
            site=package.site.domain if package.site else None,
        )


class PackageFilter(Wanted):
    """Which packages are wanted."""

    platform: str | None = None
    site: str | None = None
    kind: str | None = None
    name: str | None = None
    enabled: bool | None = None


LISTING = Listing(
    sorts={"kind": "kind name", "name": "name", "version": "version", "platform": "platform__name",
           "site": "site__domain"},
    search=("name", "title", "version"),
    filters={"kind": "kind", "name": "name", "enabled": "enabled"},
)  # fmt: skip


@router.get("", response={200: Page[PackageAnswer], **ERRORS})
def list_packages(request: Asked, paging: Query[Paging], which: Query[PackageFilter]) -> dict[str, Any]:
    """The packages of all platforms and sites, or of those that are named; by kind unless ``sort`` says
    otherwise."""
    query = access.packages(request.auth).select_related("platform", "site")
    if which.platform is not None:
        query = query.filter(platform=access.platform(request.auth, which.platform))
    if which.site is not None:
        query = query.filter(site=access.site(request.auth, which.site))
    return page(LISTING.of(query, which), paging, PackageAnswer.of)
