"""The package registry: which sites and platforms have what, in which version."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import cast

from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render

from aegir import access
from aegir.access import Actor
from aegir.errors import Refused
from aegir.models import Package, versions
from aegir.models.package import UNKNOWN, called, versioned
from aegir.models.package_export import KINDS as FILES
from aegir.models.package_export import Format, written
from aegir.pages import listing
from aegir.pages.door import shown
from aegir.pages.listing import Column, Filter

COLUMNS = (
    Column("Package", ("name", "kind")),
    Column("Kind", ("kind", "name"), wide=True),
    Column("Version", ("version_order", "version", "name")),
    Column("Where", ("site__domain", "platform__name")),
    Column("Schema", wide=True),
    Column("Enabled", ("enabled", "name"), wide=True),
)
KINDS = ("core", "module", "theme", "profile", "theme_engine", "library")
VERSIONS = 60
"""How many versions of a package are offered to choose from."""
MANY = 10_000
"""Further it is not counted how many packages are found: ten thousand sites have a million."""
HOLDERS = {"sites": Q(platform=None), "platforms": Q(site=None)}
ENABLED = {"yes": Q(enabled=True), "no": Q(enabled=False)}
COMPARED = {"version": "in version", "older": "older than", "least": "at least"}
"""The filters that are about one package's versions, in words."""


@dataclass(frozen=True)
class Found:
    """What the address asks for."""

    listing: listing.Listing
    exact: bool
    """Whether exactly one package is meant, so that its versions can be compared."""
    asked: str
    """In words, once versions are compared."""
    unknown: int
    """How many packages of that name say no version that could be compared."""


@shown
def packages(request: HttpRequest, actor: Actor) -> HttpResponse:
    """What sites and platforms have, searched by name. Once exactly one package is meant, by version too."""
    access.require(actor, "package_see")
    wrong = _wrong(request)
    found = _found(request, actor, wrong)
    context = {
        "nav": "packages",
        "live": "packages",
        "listing": found.listing,
        "found": found,
        "wrong": wrong.values(),
    }
    return render(request, "packages/list.html", context)


@shown
def export(request: HttpRequest, actor: Actor) -> StreamingHttpResponse:
    """All packages that the address asks for, as a file."""
    access.require(actor, "package_see")
    wrong = _wrong(request)
    if wrong:
        raise Refused(next(iter(wrong.values())))
    found = _found(request, actor, wrong).listing
    wanted: Format = "json" if request.GET.get("format") == "json" else "csv"
    rows = cast("QuerySet[Package]", found.page.paginator.object_list)
    response = StreamingHttpResponse(written(rows, wanted), content_type=FILES[wanted])
    response.headers["Content-Disposition"] = f'attachment; filename="packages.{wanted}"'
    return response


def _found(request: HttpRequest, actor: Actor, wrong: Mapping[str, str]) -> Found:
    rows = access.packages(actor).filter(hidden=False).select_related("site", "platform")
    name = request.GET.get("q", "").replace("\0", "").strip()
    if not name and request.GET.get("kind") == "core":
        name = "drupal"
    known = _versions(rows, name)
    filters = [
        Filter("kind", "Kind", "kind", [(kind, kind.replace("_", " ")) for kind in KINDS]),
        Filter("where", "Where", lambda value: HOLDERS[value], [(key, f"on {key}") for key in HOLDERS]),
        Filter("enabled", "Enabled", lambda value: ENABLED[value], [(key, key) for key in ENABLED]),
    ]
    if known:
        filters += _comparing(name, known, wrong)
    found = listing.shown(
        request,
        rows,
        COLUMNS,
        search=(called,),
        searchable="Package, such as views",
        filters=filters,
        default="package",
        counted=MANY,
        # Of one name there are so few that all are found along it, whosever they are.
        parts=[] if name else [part.filter(hidden=False) for part in access.package_parts(actor)],
    )
    said = {each.filter.name: each.value for each in found.choices if each.value}
    compared = any(key in said for key in COMPARED)
    return Found(
        listing=found,
        exact=bool(known),
        asked="" if wrong else _asked(said, name),
        unknown=_unknown(rows, said, name) if compared else 0,
    )


def _comparing(name: str, known: list[str], wrong: Mapping[str, str]) -> list[Filter]:
    """Choices among the versions of one package; a text that is no version narrows nothing."""

    def of(key: str) -> Callable[[str], Q]:
        return lambda value: Q() if key in wrong else Q(name=name) & _version(key, value)

    offered = [(each, each) for each in known]
    return [
        Filter("version", "Version", of("version"), offered),
        Filter("older", "Older than", of("older"), offered, typed="search"),
        Filter("least", "At least", of("least"), offered, typed="search"),
    ]


def _version(key: str, value: str) -> Q:
    if key == "older":
        return versioned(older_than=value)
    if key == "least":
        return versioned(at_least=value)
    return Q(version=value)


def _wrong(request: HttpRequest) -> dict[str, str]:
    """For each filter that should be a version and is none, a sentence."""
    wrong = {}
    for key in ("older", "least"):
        if value := request.GET.get(key, "").strip():
            try:
                _version(key, value)
            except Refused as refusal:
                wrong[key] = str(refusal)
    return wrong


def _versions(rows: QuerySet[Package], name: str) -> list[str]:
    """The versions of the package of exactly that name, newest first; none when there is no such package."""
    if not name:
        return []
    found = rows.filter(name=name).exclude(version="").order_by().values_list("version", flat=True).distinct()
    return sorted(found[:VERSIONS], key=versions.order, reverse=True)


def _asked(said: Mapping[str, str], name: str) -> str:
    """What the list is about, in words; "" as long as no version is compared."""
    compared = [f"{words} {said[key]}" for key, words in COMPARED.items() if key in said]
    if not compared:
        return ""
    whose = {"sites": "Sites", "platforms": "Platforms"}.get(said.get("where", ""), "Sites and platforms")
    does = {"yes": "use", "no": "have, but do not use,"}.get(said.get("enabled", ""), "have")
    return f"{whose} that {does} {name} {' and '.join(compared)}"


def _unknown(rows: QuerySet[Package], said: Mapping[str, str], name: str) -> int:
    """How many of them a comparison of versions says nothing of."""
    whose = HOLDERS.get(said.get("where", ""), Q()) & ENABLED.get(said.get("enabled", ""), Q())
    return rows.filter(whose & UNKNOWN, name=name).order_by().count()
