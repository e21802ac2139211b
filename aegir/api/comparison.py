"""Whether a site could go to a platform, over the API: a question, no task."""

from __future__ import annotations

from dataclasses import asdict

from django.http import HttpResponse
from ninja import Router, Schema

from aegir import access
from aegir.api.auth import Asked
from aegir.api.schema import ERRORS, FILE, as_file
from aegir.models import comparison
from aegir.models.comparison_export import whole
from aegir.models.package_export import Format

router = Router(tags=["sites"])


class RowAnswer(Schema):
    """What would become of one package of the site."""

    kind: str
    name: str
    title: str
    enabled: bool
    current: str
    """Version that the site has now."""
    target: str | None
    """Version on the other platform; None where it has none."""
    schema_installed: int | None
    schema_target: int | None
    verdict: comparison.Verdict
    severity: comparison.Severity
    sentence: str


class ComparisonAnswer(Schema):
    site: str
    platform: str
    allowed: bool
    """Whether the site may go there: nothing is an error."""
    rows: list[RowAnswer]
    """The gravest first."""


@router.get("/{domain}/comparison", response={200: ComparisonAnswer, **ERRORS})
def compare_site(request: Asked, domain: str, to: str) -> ComparisonAnswer:
    """The site's packages beside those of the platform ``to``."""
    site = access.site(request.auth, domain)
    access.require(request.auth, "site_compare", site)
    platform = access.platform(request.auth, to)
    found = comparison.compare(site, platform)
    rows = [RowAnswer(**asdict(row)) for row in found.rows]
    return ComparisonAnswer(site=site.domain, platform=platform.name, allowed=found.allowed, rows=rows)


@router.get("/{domain}/comparison/export", response={**ERRORS}, openapi_extra=FILE)
def export_site_comparison(request: Asked, domain: str, to: str, format: Format = "csv") -> HttpResponse:
    """The same as a file."""
    site = access.site(request.auth, domain)
    access.require(request.auth, "site_compare", site)
    found = comparison.compare(site, access.platform(request.auth, to))
    return as_file(whole(found.rows, comparison.Row, format), "comparison", format)
