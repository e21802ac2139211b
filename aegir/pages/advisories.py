"""Security advisories: what is known to be vulnerable, who has it, and what to do."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from aegir import access
from aegir.access import Actor
from aegir.models import Task
from aegir.pages.door import ask, changed, shown

ROWS = 25
NAMED = 12
"""How many sites and platforms of one advisory are named at once."""


@shown
def advisories(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Every advisory that concerns something that the reader may see, the worst first."""
    access.require(actor, "advisory_see")
    page = Paginator(access.affected(actor), ROWS).get_page(request.GET.get("page"))
    last = Task.objects.filter(operation="advisory_fetch", state=Task.State.SUCCEEDED).order_by("-pk").first()
    context = {
        "nav": "advisories",
        "live": "packages",
        "page": page,
        "named": f":{NAMED}",
        "many": NAMED,
        "fetched_at": last.ended_at if last else None,
        "may_fetch": access.may(actor, "advisory_fetch"),
        "may_build": access.may(actor, "platform_add"),
    }
    return render(request, "advisories/list.html", context)


@changed
def fetch(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The button."""
    return ask(actor, "advisory_fetch")
