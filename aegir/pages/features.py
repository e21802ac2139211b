"""The page about optional parts: what is on, what it needs, and what goes when it is off."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from aegir import access
from aegir.access import Actor, heard
from aegir.models import feature
from aegir.models.feature import PARTS, Part
from aegir.pages.door import changed, shown

GOES = {
    "clients": "the menu's Clients, every client's page, and access for people who have no role; rows stay",
    "quotas": "the limit itself, and its fields in the forms of clients",
    "signup": "the sign-up page",
    "tokens": "tokens on everybody's account page; those that exist let nobody in",
    "passkeys": "passkeys on the sign-in page and on everybody's account page",
    "openid": "the provider's button on the sign-in page",
    "notifications": "the menu's Notifications and all that it tells; welcome mails still go out",
    "webhooks": "webhooks among the notifications; what was due waits",
    "metrics": "the address /metrics",
    "cron": "the intervals of sites' cron; nothing runs it but a person",
    "rehearsals": "the rehearsal beside a migration",
    "drush": "Drush commands on a site's page",
    "fleets": "moves of all sites of a platform; single sites are migrated as before",
    "advisories": "what is said of vulnerable packages, and fetching it",
}
"""Part → what is gone while it is off."""


@dataclass(frozen=True)
class Shown:
    """A part, as drawn."""

    name: str
    part: Part
    on: bool
    goes: str
    needs: list[str]
    """Titles of what it cannot do without."""
    hindrance: str
    """Why it cannot be switched now; "" when it can."""


@shown
def features(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All parts."""
    access.require(actor, "feature_see")
    now = feature.states()
    parts = [_shown(name, now) for name in PARTS]
    may_switch = access.may(actor, "feature_switch")
    return render(
        request, "features/list.html", {"nav": "features", "parts": parts, "may_switch": may_switch}
    )


@changed
def switch(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The button: on, or off."""
    access.require(actor, "feature_switch")
    part, on = access.part(name), request.POST.get("on") == "yes"
    heard.about(part, on=on)
    feature.switch(part, on)
    messages.success(request, f"{PARTS[part].title} is {'on' if on else 'off'}.")
    return redirect("features")


def _shown(name: str, now: dict[str, bool]) -> Shown:
    part = PARTS[name]
    lacking = [PARTS[need].title for need in part.needs if not now[need]]
    relying = [other.title for key, other in PARTS.items() if name in other.needs and now[key]]
    if now[name]:
        hindrance = f"Switch {' and '.join(relying)} off first." if relying else ""
    else:
        hindrance = f"Switch {' and '.join(lacking)} on first." if lacking else ""
    needs = [PARTS[need].title for need in part.needs]
    return Shown(name, part, now[name], GOES.get(name, ""), needs, hindrance)
