"""Pages about people: who may sign in, what they may do, and how to shut them out."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from aegir import access
from aegir.access import Actor, heard, tried
from aegir.errors import Refused
from aegir.models import Client, Grant, User, feature, names, people
from aegir.models import factors as lost
from aegir.models.welcome import mail_is_set_up
from aegir.pages import listing, whereabouts
from aegir.pages.client_forms import PersonForm
from aegir.pages.clients import OFFERED
from aegir.pages.door import changed, shown, signed_in
from aegir.pages.forms import Form, answer
from aegir.pages.listing import Column, Filter
from aegir.pages.user_access import send_welcome
from aegir.pages.user_forms import NewUserForm

ROLES = {
    people.ADMINISTRATOR: ("Administrator", "everything"),
    Grant.Role.PLATFORM_MANAGER: ("Platform manager", "platforms, and moving sites between them"),
    Grant.Role.ACCOUNT_MANAGER: ("Account manager", "clients and people, and making sites for them"),
}
"""Role → what people call it, and what it is for."""
COLUMNS = (
    Column("User", ("username",)),
    Column("Role", ("-is_superuser", "username")),
    Column("Clients", wide=True),
    Column("Last seen", ("seen_at", "username")),
    Column("Second factor", ("-guarded", "username"), wide=True),
)


@shown
def users(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The people that the reader may see."""
    access.require(actor, "user_see")
    rows = whereabouts.noted(access.users(actor)).prefetch_related("grants", "clients")
    found = listing.shown(
        request,
        rows,
        COLUMNS,
        search=("username", "first_name", "last_name", "email"),
        searchable="User name, name or e-mail",
        filters=(
            Filter("role", "Role", _of_role, [(role, words[0]) for role, words in ROLES.items()]),
            Filter("access", "Access", "is_active", [("True", "may sign in"), ("False", "shut out")]),
        ),
        default="user",
    )
    known = set(access.clients(actor).values_list("pk", flat=True))
    for row in found.page:
        row.called = _called(row)
        row.known = sorted(
            (each for each in row.clients.all() if each.pk in known), key=lambda each: each.title
        )
    context = {"nav": "users", "listing": found, "may_add": access.may(actor, "user_add")}
    return render(request, "users/list.html", {**context, "clients_on": feature.on("clients")})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The form for somebody new."""
    access.require(actor, "user_add")

    def act(form: Form) -> HttpResponse:
        with transaction.atomic():
            row = _added(actor, form.cleaned_data)
        sent = f" A welcome mail goes to {row.email}." if form.cleaned_data["welcome"] else ""
        messages.success(request, f"{row.username} has an account now.{sent}")
        return redirect("user", username=row.username)

    context = {
        "nav": "users",
        "title": "Add a user",
        "crumb": "Users",
        "intro": "Somebody who may sign in. A link in the welcome mail lets him in for the first time.",
        "button": "Add the user",
        "back": reverse("users"),
    }
    return answer(
        request,
        lambda **given: NewUserForm(actor, ROLES, **given),
        act,
        "form.html",
        context,
        check=lambda form: tried(lambda: _added(actor, form.cleaned_data)),
        initial={"welcome": mail_is_set_up(), "client": request.GET.get("client", "")},
    )


@shown
def user(request: HttpRequest, actor: Actor, username: str) -> HttpResponse:
    """One person: roles, clients, and through what he comes in."""
    row = access.user(actor, username)
    may_change = access.may(actor, "user_change", row)
    his = access.clients(actor).filter(users=row).order_by("title")
    context: dict[str, Any] = {
        "nav": "users",
        "person": row,
        "own": row.pk == actor.user,
        "roles": [(role, *words, role in people.roles(row)) for role, words in ROLES.items()],
        "called": _called(row),
        "his_clients": his,
        "clients_on": feature.on("clients") and access.may(actor, "client_see"),
        "tokens_on": access.may(actor, "token_see"),
        "tokens": access.tokens(actor).filter(user=row),
        "may_revoke": access.anywhere(actor, "token_revoke") or row.pk == actor.user,
        "may_change": may_change,
        "may_grant": access.may(actor, "user_grant", row),
        "may_welcome": access.may(actor, "user_welcome", row),
        "may_delete": access.may(actor, "user_delete", row),
        "may_join": access.may(actor, "client_change"),
        "mail": mail_is_set_up(),
        "factors": whereabouts.factors(row),
        "may_reset": access.may(actor, "user_reset_factors", row) and lost.guarded(row),
        "last": _is_last(row),
        "sessions": whereabouts.sessions(row) if may_change else [],
    }
    if context["may_join"]:
        others = access.clients(actor).exclude(users=row).order_by("name")
        context["others"] = others.values_list("name", flat=True)[:OFFERED]
    return render(request, "users/user.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def edit(request: HttpRequest, actor: Actor, username: str) -> HttpResponse:
    """The form for name and address."""
    row = access.user(actor, username)
    access.require(actor, "user_change", row)

    def act(form: Form) -> HttpResponse:
        heard.about(username, email=form.cleaned_data["email"], name_of=form.cleaned_data["name"])
        people.change(row, **form.cleaned_data)
        messages.success(request, f"{username} is saved.")
        return redirect("user", username=username)

    context = {
        "nav": "users",
        "title": f"Edit {username}",
        "crumb": username,
        "button": "Save",
        "back": reverse("user", args=[username]),
    }
    return answer(
        request,
        lambda **given: PersonForm(actor, **given),
        act,
        "form.html",
        context,
        check=lambda form: tried(lambda: people.change(access.user(actor, username), **form.cleaned_data)),
        initial={"email": row.email, "name": row.get_full_name()},
    )


@changed
def delete(request: HttpRequest, actor: Actor, username: str) -> HttpResponse:
    """The button, once the name was typed beside it."""
    row = access.allowed(actor, "user_delete", access.user(actor, username))
    if request.POST.get("name", "").strip() != username:
        raise Refused(f"Nothing was deleted: type {username} to confirm that this user shall go.")
    if row.pk == actor.user:
        raise Refused("You cannot delete yourself: another one has to do it.")
    people.remove(row)
    messages.success(request, f"{username} is gone. What he did stays in tasks and audit.")
    return redirect("users")


def _added(actor: Actor, given: dict[str, Any]) -> User:
    """A new person with all that was wished for; call in a transaction."""
    heard.about(
        names.shown(given["username"]), **{each: given[each] for each in ("email", "client", "welcome")}
    )
    row = people.add(username=given["username"], email=given["email"], name=given["name"])
    if given["client"]:
        _client(actor, given["client"]).users.add(row)
    if given.get("roles"):
        access.require(actor, "user_grant", row)
        heard.action("user_add")
        heard.about(row.username, roles=given["roles"])
        people.grant(row, given["roles"])
    if given["welcome"]:
        send_welcome(row)
    return row


def _client(actor: Actor, name: str) -> Client:
    try:
        client = access.client(actor, name)
    except access.NotFound as error:
        raise Refused(str(error), field="client") from error
    access.require(actor, "client_change", client)
    heard.action("user_add")
    return client


def _of_role(role: str) -> Q:
    return Q(is_superuser=True) if role == people.ADMINISTRATOR else Q(grants__role=role)


def _called(row: User) -> list[str]:
    """His roles, in words."""
    return [words[0] for role, words in ROLES.items() if role in people.roles(row)]


def _is_last(row: User) -> bool:
    """Whether nobody else could look after Aegir."""
    if not row.is_superuser or not row.is_active:
        return False
    return not User.objects.filter(is_superuser=True, is_active=True).exclude(pk=row.pk).exists()
