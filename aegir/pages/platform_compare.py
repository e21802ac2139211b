"""One platform beside another, as a page and as a file."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from aegir import access
from aegir.access import Actor
from aegir.models import Platform, comparison, platform_comparison
from aegir.models.comparison_export import Row as AnyRow
from aegir.models.comparison_export import whole
from aegir.models.package_export import KINDS, Format
from aegir.models.platform_comparison import CHANGES, Row
from aegir.pages.door import shown


@shown
def compare(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """What differs between two platforms, and, folded, what is the same; without a second one a choice."""
    row = access.platform(actor, name)
    access.require(actor, "package_see")
    wanted = request.GET.get("with", "")
    other = access.platform(actor, wanted) if wanted else None
    rows = platform_comparison.compare(row, other) if other else []
    if other and request.GET.get("format") in KINDS:
        return file(request, rows, Row)
    words = {
        key: text.format(here=row.name, there=other.name if other else "") for key, text in CHANGES.items()
    }
    q, kind, change = (request.GET.get(key, "").strip()[:100] for key in ("q", "kind", "change"))
    asked = [each for each in rows if _fits(each, q, kind, change)]
    context = {
        "nav": "platforms",
        "platform": row,
        "other": other,
        "others": _others(actor, row),
        "mine": f"{row.name} (Drupal {row.version})" if row.version else row.name,
        "back": _way(other, row) if other else "",
        "may_add": access.may(actor, "platform_add"),
        "counts": [(text, sum(each.change == key for each in rows)) for key, text in words.items()],
        "different": [each for each in asked if each.change != "same"],
        "same": [each for each in asked if each.change == "same"],
        "kinds": sorted({each.kind for each in rows}, key=comparison.rank),
        "changes": list(words.items())[:-1],
        "q": q,
        "kind": kind,
        "change": change,
    }
    return render(request, "platforms/compare.html", context)


def _way(here: Platform, there: Platform) -> str:
    return f"{reverse('platform_compare', args=[here.name])}?{urlencode({'with': there.name})}"


def _others(actor: Actor, row: Platform) -> list[Platform]:
    return list(access.platforms(actor).exclude(pk=row.pk).exclude(version="").order_by("name"))


def _fits(row: Row, q: str, kind: str, change: str) -> bool:
    return (
        q.casefold() in f"{row.name} {row.title}".casefold()
        and kind in ("", row.kind)
        and change in ("", row.change)
    )


def file(request: HttpRequest, rows: Sequence[AnyRow], kind: type[AnyRow]) -> HttpResponse:
    """A comparison whole, in the format that the address asks for."""
    wanted: Format = "json" if request.GET.get("format") == "json" else "csv"
    response = HttpResponse(whole(rows, kind, wanted), content_type=KINDS[wanted])
    response["Content-Disposition"] = f'attachment; filename="comparison.{wanted}"'
    return response
