"""One platform beside another, over the API."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpResponse
from ninja import Router, Schema

from aegir import access
from aegir.api.auth import Asked
from aegir.api.schema import ERRORS, FILE, as_file
from aegir.models import platform_comparison
from aegir.models.comparison_export import whole
from aegir.models.package_export import Format
from aegir.models.platform_comparison import Change, Row

router = Router(tags=["platforms"])


class PlatformRow(Schema):
    """One package of either platform, or of both."""

    kind: str
    name: str
    title: str
    profile: str
    """In which it lies, for the sites of which alone it is there; "" for all."""
    here: str | None
    """Its version; None where it is not."""
    there: str | None
    schema_here: int | None
    schema_there: int | None
    change: Change


class PlatformComparison(Schema):
    platform: str
    to: str
    rows: list[PlatformRow]
    """What differs first."""


@router.get("/{name}/comparison", response={200: PlatformComparison, **ERRORS})
def compare_platforms(request: Asked, name: str, to: str) -> PlatformComparison:
    """What both platforms' code holds, side by side: no site is looked at."""
    rows = [PlatformRow(**asdict(row)) for row in _rows(request, name, to)]
    return PlatformComparison(platform=name, to=to, rows=rows)


@router.get("/{name}/comparison/export", response={**ERRORS}, openapi_extra=FILE)
def export_platform_comparison(request: Asked, name: str, to: str, format: Format = "csv") -> HttpResponse:
    """The same as a file."""
    return as_file(whole(_rows(request, name, to), Row, format), "comparison", format)


def _rows(request: Asked, name: str, to: str) -> list[Row]:
    here = access.platform(request.auth, name)
    access.require(request.auth, "package_see")
    return platform_comparison.compare(here, access.platform(request.auth, to))
