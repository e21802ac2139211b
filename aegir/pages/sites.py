"""The list of sites."""

from __future__ import annotations

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from aegir import access
from aegir.access import Actor
from aegir.models import Site, site_search
from aegir.pages import listing, site_bulk
from aegir.pages.door import shown
from aegir.pages.listing import Column, Filter

DOMAIN = Column("Domain", ("domain",))
STATE = Column("State", ("state", "domain"))
PLATFORM = Column("Platform", ("platform__name", "domain"))
CLIENT = Column("Client", ("client__title", "domain"), wide=True)
VERIFIED = Column("Verified", ("verified_at",), wide=True)


@shown
def sites(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All sites, searched, filtered and sorted as the address says."""
    clients = access.may(actor, "client_see") and (actor.everywhere or len(actor.clients) > 1)
    names = list(access.platforms(actor).order_by("name").values_list("name", flat=True))
    filters = [
        Filter("state", "State", "state", listing.choices(Site, "state")[:-1]),
        Filter("platform", "Platform", "platform__name", [(name, name) for name in names]),
    ]
    if clients:
        owners = access.clients(actor).order_by("title").values_list("name", "title")
        filters.append(Filter("client", "Client", "client__name", list(owners)))
    rows = access.sites(actor).select_related("platform", "client")
    found = listing.shown(
        request,
        rows,
        [DOMAIN, STATE, PLATFORM, *([CLIENT] if clients else []), VERIFIED],
        search=(partial(site_search.called, clients=clients),),
        searchable="Domain, title, e-mail, platform" + (" or client" if clients else ""),
        filters=filters,
        default="domain",
    )
    context = {
        "nav": "sites",
        "live": "sites",
        "listing": found,
        "clients_on": clients,
        "bulk": [(name, title) for name, title in site_bulk.ACTIONS.items() if access.may(actor, name)],
        "bulk_url": reverse("sites_bulk"),
        "platforms": len(names),
        "may_install": bool(names) and access.may(actor, "site_install"),
        "may_deploy": bool(names) and access.may(actor, "site_deploy"),
        "may_add": access.may(actor, "platform_add"),
    }
    return render(request, "sites/list.html", context)
