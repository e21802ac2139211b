"""Security advisories: what is known to be vulnerable, who has it, and what to do."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from aegir import access
from aegir.access import Actor
from aegir.models import Platform, Site, Task, default
from aegir.models.unjudged import Unjudged
from aegir.pages import advisory_remedies as remedies
from aegir.pages.door import ask, changed, shown

ROWS = 25
NAMED = 12
"""How many sites and platforms of one advisory are named at once."""


@shown
def advisories(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every advisory that concerns something that the reader may see, or the one site or platform that the
    address names, the worst first."""
    access.require(actor, "advisory_see")
    found = access.affected(actor)
    one = _one(request, actor)
    if one is not None:
        its_own, doubts = access.concerning(actor, one)
        numbers = {each.advisory.pk for each in its_own}
        shown_rows = [each for each in found if each.advisory.pk in numbers]
        unjudged = [Unjudged(sentence) for sentence in doubts]
    else:
        shown_rows, unjudged = found, access.unjudged(actor)
    page = Paginator(shown_rows, ROWS).get_page(request.GET.get("page"))
    access.name_affected(actor, list(page), NAMED)
    fetches = Task.objects.filter(operation="advisory_fetch").order_by("-pk")
    last = fetches.filter(state=Task.State.SUCCEEDED).first()
    away = fetches.filter(state=Task.State.WARNED).first()
    proposed = remedies.of(actor, found, {held.name for each in page for held in each.platforms})
    context = {
        "nav": "advisories",
        "live": "packages",
        "page": page,
        "one": one,
        "kind": "site" if isinstance(one, Site) else "platform",
        "named": f":{NAMED}",
        "many": NAMED,
        "fetched_at": last.ended_at if last else None,
        "away": away if away and (last is None or away.pk > last.pk) else None,
        "asked": bool(default.value("advisories_feed") or default.value("advisories_feed_7")),
        "unjudged": unjudged,
        "may_fetch": access.may(actor, "advisory_fetch"),
        "remedies": proposed[: remedies.SHOWN],
        "more_remedies": len(proposed) > remedies.SHOWN,
    }
    return render(request, "advisories/list.html", context)


def _one(request: HttpRequest, actor: Actor) -> Site | Platform | None:
    if domain := request.GET.get("site", ""):
        return access.site(actor, domain)
    name = request.GET.get("platform", "")
    return access.platform(actor, name) if name else None


@changed
def fetch(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The button."""
    return ask(actor, "advisory_fetch")
