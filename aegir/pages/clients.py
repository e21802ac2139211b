"""Pages about clients: who owns sites, who looks after them, and how many they may be."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from aegir import access
from aegir.access import Actor, heard, tried
from aegir.errors import Refused
from aegir.models import Client, Platform, User, default, feature, names
from aegir.models.welcome import mail_is_set_up
from aegir.pages import listing
from aegir.pages.client_forms import ClientForm, NewClientForm
from aegir.pages.client_people import account_words, invited
from aegir.pages.door import changed, part, shown, signed_in
from aegir.pages.forms import Form, answer
from aegir.pages.listing import Column

OFFERED = 200
"""How many names a field offers while somebody types."""
COLUMNS = (
    Column("Client", ("title", "name")),
    Column("Organisation", ("organisation", "name"), wide=True),
    Column("E-mail", ("email", "name"), wide=True),
    Column("Sites", ("site_count", "name")),
    Column("Quota"),
)


@shown
def clients(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All clients that the reader may see."""
    access.require(actor, "client_see")
    found = listing.shown(
        request,
        access.clients(actor).counted(),
        COLUMNS,
        search=("name", "title", "organisation", "email"),
        searchable="Name, title, organisation or e-mail",
        default="client",
        parts=[access.clients(actor)],
    )
    context = {"nav": "clients", "listing": found, "may_add": access.may(actor, "client_add"), **_quotas()}
    return render(request, "clients/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The form for a new client, perhaps with an account for whoever it belongs to."""
    access.require(actor, "client_add")

    def act(form: Form) -> HttpResponse:
        with transaction.atomic():
            client, account = _added(actor, form.cleaned_data)
        messages.success(request, f"The client {client.title} is there.{account}")
        return redirect("client", name=client.name)

    context = {
        "nav": "clients",
        "title": "Add a client",
        "crumb": "Clients",
        "intro": "A client owns sites. Its people see and manage these sites, and no others.",
        "button": "Add the client",
        "back": reverse("clients"),
    }
    return answer(
        request,
        lambda **given: NewClientForm(actor, **given),
        act,
        "form.html",
        context,
        check=lambda form: tried(lambda: _added(actor, form.cleaned_data)),
        initial={"account": default.value("client_account"), "welcome": _may_mail("client_welcome")},
    )


@shown
def client(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """One client: its people, its sites, and the platforms that are meant for it."""
    row = access.client(actor, name)
    may_change = access.may(actor, "client_change", row)
    context: dict[str, Any] = {
        "nav": "clients",
        "live": "sites",
        "client": row,
        "page": part(request, access.sites(actor).filter(client=row).order_by("domain")),
        "people": access.users(actor).filter(clients=row).order_by("username"),
        "platforms": access.platforms(actor).filter(clients=row).order_by("name"),
        "open": access.platforms(actor).filter(clients=None).count(),
        "may_change": may_change,
        "may_invite": may_change and access.may(actor, "user_add"),
        "may_delete": access.may(actor, "client_delete", row),
        "may_share": access.may(actor, "platform_share"),
        **_quotas(),
    }
    if may_change:
        others = access.users(actor).exclude(clients=row).order_by("username")
        context["others"] = others.values_list("username", flat=True)[:OFFERED]
    if context["may_share"]:
        context["closed"] = _closed(actor, row).values_list("name", flat=True)[:OFFERED]
    return render(request, "clients/client.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The form for what is said of a client; its name stays."""
    row = access.client(actor, name)
    access.require(actor, "client_change", row)

    def act(form: Form) -> HttpResponse:
        _change(row, form.cleaned_data)
        messages.success(request, f"{row.title} is saved.")
        return redirect("client", name=name)

    fields = ("title", "organisation", "email", "quota")
    context = {
        "nav": "clients",
        "title": f"Edit {row.title}",
        "crumb": row.title,
        "button": "Save",
        "back": reverse("client", args=[name]),
    }
    return answer(
        request,
        lambda **given: ClientForm(actor, **given),
        act,
        "form.html",
        context,
        check=lambda form: tried(lambda: _change(access.client(actor, name), form.cleaned_data)),
        initial={field: getattr(row, field) for field in fields},
    )


@changed
def delete(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The button, once the name was typed beside it."""
    row = access.allowed(actor, "client_delete", access.client(actor, name))
    if request.POST.get("name", "").strip() != name:
        raise Refused(f"Nothing was deleted: type {name} to confirm that this client shall go.")
    with transaction.atomic():
        row.remove()
    messages.success(request, f"The client {row.title} is gone. Its people stay.")
    return redirect("clients")


@changed
def share(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """Let the client use a platform that is not for everybody, or not any more."""
    row = access.client(actor, name)
    platform = access.platform(actor, request.POST.get("platform", "").strip())
    access.require(actor, "platform_share", platform)
    using = request.POST.get("use") == "yes"
    heard.about(platform.name, client=row.name, use=using)
    with transaction.atomic():
        _share(platform, row, using)
    messages.success(request, f"{row.title} may {'' if using else 'not '}use {platform.name}.")
    return redirect("client", name=name)


def _added(actor: Actor, given: dict[str, Any]) -> tuple[Client, str]:
    """The client, and what became of the account that was wished for; call in a transaction."""
    own = {field: given[field] for field in ("title", "organisation", "email")}
    heard.about(names.shown(given["name"]), **own, quota=given.get("quota"), account=given["account"])
    client = Client.add(name=given["name"], **own, quota=given.get("quota"))
    if not given["account"]:
        return client, ""
    access.require(actor, "user_add")
    heard.action("client_add")
    known = User.objects.filter(email__iexact=client.email).first()
    if known is not None:
        client.users.add(known)
        return client, f" «{known.username}», who has that address already, sees its sites."
    person = {"email": client.email, "username": "", "name": "", "welcome": given["welcome"]}
    return client, account_words(invited(client, person), person)


def _change(row: Client, given: dict[str, Any]) -> None:
    heard.about(row.name, **given)
    for field, value in given.items():
        setattr(row, field, value)
    row.title = row.title or row.name
    row.refuse_bad()
    row.save()


def _share(platform: Platform, client: Client, using: bool) -> None:
    """Open a closed platform to a client, or close it to him. Who an open one is for is said on its page."""
    theirs = set(platform.clients.values_list("pk", flat=True))
    if not theirs:
        raise Refused(
            f"Everybody may use {platform.name}: say on its page who alone shall.", field="platform"
        )
    if not using and theirs == {client.pk}:
        raise Refused(
            f"Only {client.title} may use {platform.name}, and without anybody it would be everybody's: say "
            "on the platform's page who shall use it instead.",
            field="platform",
        )
    (platform.clients.add if using else platform.clients.remove)(client)


def _closed(actor: Actor, row: Client) -> Any:
    """Platforms that are for others only."""
    closed = access.platforms(actor).filter(clients__isnull=False)
    return closed.exclude(pk__in=row.platforms.values("pk")).distinct().order_by("name")


def _may_mail(name: str) -> bool:
    return bool(default.value(name)) and mail_is_set_up()


def _quotas() -> dict[str, Any]:
    return {"quotas": feature.on("quotas"), "usual": default.value("client_quota")}
