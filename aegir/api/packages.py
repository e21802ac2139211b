"""The package registry over the API."""

from __future__ import annotations

from typing import Any, Literal

from django.db.models import Q, QuerySet
from django.http import StreamingHttpResponse
from ninja import Field, Query, Router, Schema

from aegir import access
from aegir.api.auth import Asked
from aegir.api.listing import Listing, Wanted
from aegir.api.schema import ERRORS, FILE, Page, Paging, page
from aegir.errors import Refused
from aegir.models import Package
from aegir.models.package import called, versioned
from aegir.models.package_export import KINDS, Format, written

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
    on: Literal["sites", "platforms"] | None = Field(None, description="only what sites, or platforms, have")
    kind: str | None = None
    name: str | None = None
    enabled: bool | None = Field(None, description="only sites know")
    older_than: str | None = Field(None, max_length=60, description="a version, in Drupal's order; with name")
    at_least: str | None = Field(None, max_length=60, description="a version, in Drupal's order; with name")
    version: str | None = Field(None, max_length=60, description="exactly that version; with name")


LISTING = Listing(
    sorts={"kind": "kind name", "name": "name", "version": "version_order version",
           "platform": "platform__name", "site": "site__domain"},
    filters={"kind": "kind", "name": "name", "enabled": "enabled"},
)  # fmt: skip
HOLDERS = {"sites": Q(platform=None), "platforms": Q(site=None)}


@router.get("", response={200: Page[PackageAnswer], **ERRORS})
def list_packages(request: Asked, paging: Query[Paging], which: Query[PackageFilter]) -> dict[str, Any]:
    """The packages of all platforms and sites, or of those that are named; by kind unless ``sort`` says
    otherwise. «Who runs views older than 7.x-3.20»: ``name=views&older_than=7.x-3.20&on=sites&enabled=true``.
    What says no version of itself fits no version."""
    rows = _wanted(request, which, access.packages(request.auth)).select_related("platform", "site")

    def count() -> int:
        return sum(_wanted(request, which, part).count() for part in access.package_parts(request.auth))

    return page(rows, paging, PackageAnswer.of, count)


@router.get("/export", response={**ERRORS}, openapi_extra=FILE)
def export_packages(
    request: Asked, which: Query[PackageFilter], format: Format = "csv"
) -> StreamingHttpResponse:
    """All packages that are wanted, as one file."""
    rows = _wanted(request, which, access.packages(request.auth))
    response = StreamingHttpResponse(written(rows, format), content_type=KINDS[format])
    response["Content-Disposition"] = f'attachment; filename="packages.{format}"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _wanted(request: Asked, which: PackageFilter, query: QuerySet[Package]) -> QuerySet[Package]:
    """Those of ``query``, in order."""
    if which.platform is not None:
        query = query.filter(platform=access.platform(request.auth, which.platform))
    if which.site is not None:
        query = query.filter(site=access.site(request.auth, which.site))
    if which.on is not None:
        query = query.filter(HOLDERS[which.on])
    if which.q:
        query = query.filter(called(which.q) | Q(version__icontains=which.q))
    return LISTING.of(query.filter(_versions(which)), which.model_copy(update={"q": ""}))


def _versions(which: PackageFilter) -> Q:
    said = (which.older_than, which.at_least, which.version)
    if said != (None, None, None) and not which.name and which.kind != "core":
        raise Refused("Say of which package: versions of different ones cannot be compared.", field="name")
    return versioned(older_than=which.older_than, at_least=which.at_least, exactly=which.version)
