"""A site's packages beside a platform's: as a page of its own, as part of «Migrate», and as a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from aegir import access
from aegir.access import Actor
from aegir.models import Platform, Site, comparison
from aegir.models.comparison import Row
from aegir.models.package_export import KINDS
from aegir.pages.door import shown
from aegir.pages.platform_compare import file

SHOWN = {
    "different": "what differs",
    "error": "what blocks",
    "warning": "what to look at",
    "upgrade": "what is newer there",
    "same": "what stays as it is",
    "all": "everything",
}
_ORDER = ("error", "warning", "none")


@dataclass(frozen=True)
class Compared:
    """The comparison as drawn."""

    allowed: bool
    errors: int
    warnings: int
    upgrades: int
    same: int
    rows: list[Row]
    """As far as they are asked for, what matters first."""
    total: int


@shown
def compare(request: HttpRequest, actor: Actor, domain: str) -> HttpResponse:
    """What would become of the site on another platform; without one a choice."""
    site = access.site(actor, domain)
    access.require(actor, "site_compare", site)
    wanted = request.GET.get("with", "")
    target = access.platform(actor, wanted) if wanted else None
    if target and request.GET.get("format") in KINDS:
        return file(request, comparison.compare(site, target).rows, Row)
    others = access.platforms(actor).exclude(pk=site.platform_id).exclude(version="").order_by("name")
    about = {
        "nav": "sites",
        "site": site,
        "others": list(others),
        "may_add": access.may(actor, "platform_add"),
        "may_migrate": access.may(actor, "site_migrate", site),
    }
    found = context(request, site, target, "with") if target else {}
    return render(request, "sites/compare.html", about | found)


def context(request: HttpRequest, site: Site, target: Platform, field: str) -> dict[str, Any]:
    """For ``sites/_comparison.html``; ``field`` is how the page's address names the platform."""
    show = request.GET.get("show", "")
    show = show if show in SHOWN else "different"
    q = request.GET.get("q", "").strip()[:100]
    return {
        "chosen": target,
        "compared": compared(site, target, show, q),
        "shows": SHOWN.items(),
        "show": show,
        "q": q,
        "field": field,
    }


def compared(site: Site, target: Platform, show: str, q: str) -> Compared:
    """The site's packages beside the target's: what blocks first, then what differs."""
    found = comparison.compare(site, target)
    rows = sorted(
        found.rows, key=lambda row: (_ORDER.index(row.severity), not row.enabled, row.verdict == "same")
    )
    words = q.lower()
    return Compared(
        allowed=found.allowed,
        errors=len(found.errors),
        warnings=len(found.warnings),
        upgrades=sum(row.verdict == "upgrade" for row in rows),
        same=sum(row.verdict == "same" for row in rows),
        rows=[row for row in rows if _asked(row, show) and words in f"{row.name} {row.title}".lower()],
        total=len(rows),
    )


def _asked(row: Row, show: str) -> bool:
    if show in ("error", "warning"):
        return row.severity == show
    if show in ("upgrade", "same"):
        return row.verdict == show
    return show == "all" or row.severity != "none" or (row.enabled and row.verdict != "same")
