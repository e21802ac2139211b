"""Pages about sites."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from aegir import access
from aegir.access import Actor
from aegir.errors import AegirError, Refused
from aegir.models import Platform, Service, Site, default
from aegir.pages import listing, tasks
from aegir.pages.door import ask, changed, shown, signed_in
from aegir.pages.listing import Column, Filter

FIELDS = ("domain", "platform", "profile", "language", "db", "email")
RECENT = 10


COLUMNS = (
    Column("Domain", ("domain",)),
    Column("State", ("state", "domain")),
    Column("Platform", ("platform__name", "domain")),
    Column("Client", ("client__title", "domain"), wide=True),
    Column("Verified", ("verified_at",), wide=True),
)
BULK = (
    ("site_verify", "Verify"),
    ("site_backup", "Back up"),
    ("site_flush", "Empty caches"),
    ("site_cron", "Run cron"),
    ("site_disable", "Disable"),
    ("site_enable", "Enable"),
)
"""What can be done to many at once: what needs to know nothing more."""


@shown
def sites(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All sites, searched, filtered and sorted as the address says."""
    rows = access.sites(actor).select_related("platform", "client")
    names = access.platforms(actor).order_by("name").values_list("name", flat=True)
    filters = (
        Filter("state", "State", "state", listing.choices(Site, "state")[:-1]),
        Filter("platform", "Platform", "platform__name", [(name, name) for name in names]),
    )
    search = ("names__name", "title", "platform__name", "client__title")
    found = listing.shown(
        request,
        rows.distinct(),
        COLUMNS,
        search=search,
        searchable="Domain, title, platform or client",
        filters=filters,
        default="domain",
    )
    context = {
        "nav": "sites",
        "live": "sites",
        "listing": found,
        "bulk": [entry for entry in BULK if access.may(actor, entry[0])],
        "bulk_url": reverse("sites_bulk"),
        "platforms": len(names),
        "may_install": len(names) and access.may(actor, "site_install"),
    }
    return render(request, "sites/list.html", context)


@changed
def bulk(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The chosen thing, to each of the chosen sites; what is refused is told, the rest goes on."""
    operation = request.POST.get("action", "")
    if operation not in dict(BULK):
        raise Refused("Choose what shall be done to the sites.")
    asked, refused = 0, []
    for domain in request.POST.getlist("row")[: listing.ROWS]:
        try:
            access.ask(actor, operation, domain=domain)
            asked += 1
        except AegirError as refusal:
            refused.append(str(refusal))
    if asked:
        messages.success(request, f"{dict(BULK)[operation]}: asked for {asked} site{'s' * (asked != 1)}.")
    for sentence in refused:
        messages.warning(request, sentence)
    return redirect("sites")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def install(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The form for a new site."""
    access.require(actor, "site_install")
    if request.method != "POST":
        return _form(request, actor, {"platform": request.GET.get("platform", "")})
    given = {name: request.POST.get(name, "").strip() for name in FIELDS}
    try:
        return ask(actor, "site_install", **{name: value or None for name, value in given.items()})
    except Refused as error:
        return _form(request, actor, given, error)


@shown
def site(request: HttpRequest, actor: Actor, domain: str) -> HttpResponse:
    """One site: what it is, what can be done to it, and what was done."""
    row = access.site(actor, domain)
    history = access.tasks(actor).filter(subject_kind="site", subject_id=row.pk).order_by("-id")[:RECENT]
    context: dict[str, Any] = {
        "site": row,
        "names": row.names.filter(reserved=False).order_by("-main", "name"),
        "backups": access.backups(actor).filter(site=row).select_related("platform").order_by("-id")[:RECENT],
        "kept": access.kept_pairs(actor, row).select_related("platform"),
        "deletable": row.state != Site.State.ENABLED or not default.value("disable_before_delete"),
        "enterable": row.login_link() is not None and access.may(actor, "site_login", row),
        "packages": access.packages(actor).filter(site=row, enabled=True).order_by("kind", "name"),
        **tasks.live(history),
    }
    return render(request, "site.html", context)


@require_GET
@signed_in
def enter(request: HttpRequest, actor: Actor, domain: str) -> HttpResponse:
    """Follow the site's one-time login link, which is used up by that; without one, just go to the site."""
    row = access.site(actor, domain)
    access.require(actor, "site_login", row)
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return redirect("site", domain=domain)  # somebody else's page must not use it up
    answer = HttpResponseRedirect(row.take_login_link() or row.address)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@changed
def verify(request: HttpRequest, actor: Actor, domain: str) -> HttpResponse:
    """The button."""
    return ask(actor, "site_verify", domain=domain)


@changed
def login(request: HttpRequest, actor: Actor, domain: str) -> HttpResponse:
    """The button."""
    return ask(actor, "site_login", domain=domain)


@changed
def disable(request: HttpRequest, actor: Actor, domain: str) -> HttpResponse:
    """The button."""
    return ask(actor, "site_disable", domain=domain)


@changed
def enable(request: HttpRequest, actor: Actor, domain: str) -> HttpResponse:
    """The button."""
    return ask(actor, "site_enable", domain=domain)


@changed
def delete(request: HttpRequest, actor: Actor, domain: str) -> HttpResponse:
    """The button, once the name was typed beside it."""
    if request.POST.get("name", "").strip() != domain:
        raise Refused(f"Nothing was deleted: type {domain} to confirm that this site shall go.")
    return ask(actor, "site_delete", domain=domain)


def _form(
    request: HttpRequest, actor: Actor, given: dict[str, str], error: Refused | None = None
) -> HttpResponse:
    platforms = access.platforms(actor).filter(state=Platform.State.ENABLED).order_by("name")
    databases = Service.objects.filter(family=Service.DATABASE, server__in=access.servers(actor))
    context = {
        "given": given,
        "error": error,
        "platforms": platforms,
        "profiles": _all(platforms, "profiles"),
        "languages": _all(platforms, "languages"),
        "databases": sorted(set(databases.values_list("driver", flat=True))),
    }
    return render(request, "install.html", context, status=422 if error else 200)


def _all(platforms: Any, field: str) -> list[str]:
    """What any of the platforms offers, each once, in their order."""
    return list(dict.fromkeys(value for row in platforms for value in getattr(row, field)))
