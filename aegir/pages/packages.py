"""The package registry: which sites and platforms have what, in which version."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from aegir import access
from aegir.access import Actor
from aegir.models import Package, versions
from aegir.models.package import called
from aegir.pages import listing
from aegir.pages.door import shown
from aegir.pages.listing import Column, Filter

COLUMNS = (
    Column("Package", ("name", "kind")),
    Column("Kind", ("kind", "name"), wide=True),
    Column("Version", ("version", "name")),
    Column("Where", ("site__domain", "platform__name")),
    Column("Enabled", ("enabled", "name"), wide=True),
)
KINDS = ("core", "module", "theme", "profile", "theme_engine", "library")
VERSIONS = 60
"""How many versions of a package are offered to choose from."""
MANY = 10_000
"""Further it is not counted how many packages are found: ten thousand sites have a million."""
HOLDERS = {"sites": Q(platform=None), "platforms": Q(site=None)}
ENABLED = {"yes": Q(enabled=True), "no": Q(enabled=False)}


@shown
def packages(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What sites and platforms have, searched by name. Once exactly one package is meant, by version too."""
    access.require(actor, "package_see")
    rows = access.packages(actor).filter(hidden=False).select_related("site", "platform")
    name = request.GET.get("q", "").strip()
    known = _versions(rows, name)
    filters = (
        Filter("kind", "Kind", "kind", [(kind, kind.replace("_", " ")) for kind in KINDS]),
        Filter("where", "Where", lambda value: HOLDERS[value], [(key, f"on {key}") for key in HOLDERS]),
        Filter("enabled", "Enabled", lambda value: ENABLED[value], [(key, key) for key in ENABLED]),
        Filter("version", "Version", "version", [(each, each) for each in known]),
        Filter("older", "Older than", lambda value: Q(version__in=_older(known, value)),
               [(each, f"older than {each}") for each in known]),
    )  # fmt: skip
    found = listing.shown(
        request,
        rows,
        COLUMNS,
        search=(called,),
        searchable="Package, such as views",
        filters=filters if known else filters[:3],
        default="package",
        counted=MANY,
    )
    context = {"nav": "packages", "live": "packages", "listing": found, "exact": bool(known)}
    return render(request, "packages/list.html", context)


def _versions(rows: QuerySet[Package], name: str) -> list[str]:
    """The versions of the package of exactly that name, newest first; none when there is no such package."""
    if not name:
        return []
    found = rows.filter(name=name).exclude(version="").order_by().values_list("version", flat=True).distinct()
    return sorted(found[:VERSIONS], key=versions.order, reverse=True)


def _older(known: list[str], than: str) -> list[str]:
    return [each for each in known if versions.order(each) < versions.order(than)]
