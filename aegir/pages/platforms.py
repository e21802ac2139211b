"""Pages about platforms."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from aegir import access
from aegir.access import Actor, heard
from aegir.errors import Refused
from aegir.models import Client, Platform, feature
from aegir.models.platform import PlatformQuerySet
from aegir.operations import platform_delete
from aegir.pages import advisory_concerns as concerns
from aegir.pages import bulk as bulks
from aegir.pages import listing, platform_source
from aegir.pages.door import ask, changed, shown, signed_in
from aegir.pages.fleets import under_way
from aegir.pages.forms import Boxes, Form, answer
from aegir.pages.listing import Column, Filter

RECENT = 6
SITES = 10
"""How many of its sites a platform's page names."""

COLUMNS = (
    Column("Name", ("name",)),
    Column("State", ("state", "name")),
    Column("Drupal", ("major", "version", "name")),
    Column("Sites", ("site_count", "name")),
    Column("Verified", ("verified_at",), wide=True),
)
PACKAGES = (
    Column("Package", ("name", "kind")),
    Column("Kind", ("kind", "name")),
    Column("Version", ("version", "name")),
    Column("Where", wide=True),
)
BULK = (("platform_verify", "Verify"), ("platform_lock", "Lock"), ("platform_unlock", "Unlock"))


class SharingForm(Form):
    """Who may put sites on a platform."""

    clients = forms.MultipleChoiceField(
        label="Clients that may put sites on it",
        required=False,
        widget=Boxes,
        help_text="Choose none to let everybody. Sites that are on it already stay.",
    )

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(actor, *args, **kwargs)
        rows = access.clients(actor).order_by("title")
        field = self.fields["clients"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(row.name, row.title) for row in rows]


def counted(actor: Actor) -> PlatformQuerySet:
    """The platforms that ``actor`` may see, each with how many sites on it he may see."""
    found = access.platforms(actor)
    if access.anywhere(actor, "site_see"):
        return found.counted()
    mine = Q(sites__client__in=actor.clients) & ~Q(sites__state="deleted")
    return found.annotate(site_count=Count("sites", filter=mine, distinct=True))


@shown
def platforms(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All platforms, searched, filtered and sorted as the address says."""
    majors = (
        access.platforms(actor).exclude(major=0).order_by("major").values_list("major", flat=True).distinct()
    )
    offers = _offers(actor)
    filters = (
        Filter("state", "State", "state", listing.choices(Platform, "state")[:-1]),
        Filter("major", "Drupal", "major", [(str(major), f"Drupal {major}") for major in majors]),
        Filter("profile", "Profile", lambda name: Q(pk__in=offers[name]), [(each, each) for each in offers]),
    )
    inside = access.may(actor, "server_see")
    found = listing.shown(
        request,
        counted(actor),
        COLUMNS,
        search=("name", "version", "path") if inside else ("name", "version"),
        searchable="Name, version or path" if inside else "Name or version",
        filters=filters,
        default="name",
        parts=[access.platforms(actor)],
    )
    context = {
        "nav": "platforms",
        "live": "platforms",
        "listing": found,
        "inside": inside,
        "bulk": [entry for entry in BULK if access.may(actor, entry[0])],
        "bulk_url": reverse("platforms_bulk"),
        "may_add": access.may(actor, "platform_add"),
        "may_credentials": access.may(actor, "credential_see"),
    }
    return render(request, "platforms/list.html", context)


def _offers(actor: Actor) -> dict[str, list[int]]:
    """Every profile, with the platforms that have it. They are lists within rows, of which there are few."""
    found: dict[str, list[int]] = defaultdict(list)
    for number, profiles in access.platforms(actor).values_list("pk", "profiles"):
        for profile in profiles:
            found[profile].append(number)
    return dict(sorted(found.items()))


@changed
def bulk(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The chosen thing, to each of the chosen platforms; what is refused is told, the rest goes on."""
    action, rows = bulks.wanted(request, dict(BULK), "platforms")
    done = bulks.to_each(request, action, rows, lambda name: _act(actor, name, action))
    if done:
        messages.success(request, f"{dict(BULK)[action]}: {done} platform{'s' * (done != 1)}.")
    return redirect("platforms")


@shown
def platform(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """One platform: what its codebase holds, and who lives on it."""
    row = access.platform(actor, name)
    packages = listing.shown(
        request,
        access.packages(actor).filter(platform=row, hidden=False),
        PACKAGES,
        search=("name", "title"),
        searchable="Module, theme or profile",
        filters=(Filter("kind", "Kind", "kind", _kinds()),),
        default="package",
    )
    own = access.sites(actor).filter(platform=row)
    inside = access.may(actor, "server_see")
    history = access.tasks(actor).filter(subject_kind="platform", subject_id=row.pk)
    context = {
        "nav": "platforms",
        "live": f"platform:{row.pk}",
        "platform": row,
        "inside": inside,
        **concerns.of(actor, row),
        "facts": platform_source.facts(row) if inside else [],
        "sites": own.order_by("domain")[:SITES],
        "site_count": own.count(),
        "listing": packages,
        "tasks": list(history.order_by("-id")[:RECENT]),
        "clients": _clients(actor, row),
        "may": {action: access.may(actor, action, row) for action in _ACTIONS},
        "fleet": under_way(actor, [row]).get(row.pk),
        "open": row.state == Platform.State.ENABLED or access.may(actor, "platform_use_locked"),
    }
    return render(request, "platforms/show.html", context)


_ACTIONS = (
    "platform_verify", "platform_lock", "platform_unlock", "platform_share", "platform_delete",
    "site_install", "fleet_add",
)  # fmt: skip


def _kinds() -> list[tuple[str, str]]:
    kinds = ("core", "module", "theme", "profile", "theme_engine", "library")
    return [(kind, kind.replace("_", " ")) for kind in kinds]


def _clients(actor: Actor, row: Platform) -> list[Client]:
    """Who may put sites on it, as far as ``actor`` may know; nobody means everybody."""
    known = access.clients(actor).filter(platforms=row) if feature.on("clients") else Client.objects.none()
    return list(known.order_by("title"))


@changed
def verify(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The button."""
    return ask(actor, "platform_verify", name=name)


@changed
def lock(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The button."""
    _act(actor, name, "platform_lock")
    messages.success(request, f"{name} is locked: it takes no new sites. Those on it go on.")
    return redirect("platform", name=name)


@changed
def unlock(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The button."""
    _act(actor, name, "platform_unlock")
    messages.success(request, f"{name} takes sites again.")
    return redirect("platform", name=name)


def _act(actor: Actor, name: str, action: str) -> str | None:
    """The platform's name, once it was changed; None where a task will do it."""
    if action == "platform_verify":
        access.ask(actor, action, name=name)
        return None
    row = access.allowed(actor, action, access.platform(actor, name))
    if action == "platform_lock":
        row.lock()
    else:
        row.unlock()
    return row.name


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def share(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The form for who may put sites on it."""
    row = access.platform(actor, name)
    access.require(actor, "platform_share", row)

    def act(form: Form) -> HttpResponse:
        chosen = form.cleaned_data["clients"]
        heard.about(row.name, clients=chosen)
        row.clients.set(access.clients(actor).filter(name__in=chosen))
        return redirect("platform", name=row.name)

    context = {
        "nav": "platforms",
        "title": f"Who may use {row.name}",
        "crumb": row.name,
        "button": "Save",
        "back": reverse("platform", args=[row.name]),
    }
    now = list(row.clients.values_list("name", flat=True))
    return answer(
        request,
        lambda **given: SharingForm(actor, **given),
        act,
        "form.html",
        context,
        initial={"clients": now},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def delete(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """Says what would go, or why nothing can; deletes once the name was typed."""
    row = access.platform(actor, name)
    access.require(actor, "platform_delete", row)
    if request.method == "POST":
        if request.POST.get("name", "").strip() != row.name:
            raise Refused(f"Nothing was deleted: type {row.name} to confirm that this platform shall go.")
        return ask(actor, "platform_delete", name=row.name)
    context = {
        "nav": "platforms",
        "platform": row,
        "inside": access.may(actor, "server_see"),
        "why": _why_not(row),
    }
    return render(request, "platforms/delete.html", context)


def _why_not(row: Platform) -> str:
    """Why it cannot be deleted now; "" when it can."""
    try:
        platform_delete.refuse_inhabited(row)
    except Refused as refusal:
        return str(refusal)
    return ""
