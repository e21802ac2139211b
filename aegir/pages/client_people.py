"""Who looks after a client's sites: people who join it, leave it, or are invited to it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from aegir import access
from aegir.access import Actor, heard, tried
from aegir.errors import Refused
from aegir.models import Client, User, people
from aegir.models.welcome import mail_is_set_up, welcome
from aegir.pages.client_forms import InviteForm
from aegir.pages.door import changed, signed_in
from aegir.pages.forms import Form, answer


@changed
def join(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """Let somebody who has an account see and manage the client's sites."""
    row = access.allowed(actor, "client_change", access.client(actor, name))
    user = access.user(actor, request.POST.get("user", "").strip())
    heard.about(row.name, user=user.username)
    row.users.add(user)
    messages.success(request, f"{user.username} sees the sites of {row.title} now.")
    return redirect("client", name=name)


@changed
def part_with(request: HttpRequest, actor: Actor, name: str, username: str) -> HttpResponse:
    """Take the client's sites from a person."""
    row = access.allowed(actor, "client_change", access.client(actor, name))
    user = access.user(actor, username)
    heard.about(row.name, user=user.username)
    row.users.remove(user)
    messages.success(request, f"{user.username} does not see the sites of {row.title} any more.")
    if request.POST.get("back") == "user":
        return redirect("user", username=username)
    return redirect("client", name=name)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def invite(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The form for somebody who has no account yet."""
    row = access.allowed(actor, "client_change", access.client(actor, name))
    access.require(actor, "user_add")

    def act(form: Form) -> HttpResponse:
        with transaction.atomic():
            user = invited(row, form.cleaned_data)
        messages.success(request, f"{row.title} has a new user.{account_words(user, form.cleaned_data)}")
        return redirect("client", name=name)

    context = {
        "nav": "clients",
        "title": f"Invite somebody to {row.title}",
        "crumb": row.title,
        "intro": "Makes an account that sees and manages the sites of this client.",
        "button": "Invite",
        "back": reverse("client", args=[name]),
    }
    return answer(
        request,
        lambda **given: InviteForm(actor, **given),
        act,
        "form.html",
        context,
        check=lambda form: tried(lambda: invited(row, form.cleaned_data)),
        initial={"welcome": mail_is_set_up()},
    )


def invited(client: Client, given: dict[str, Any]) -> User:
    """A new person of the client, perhaps with a welcome on the way; call in a transaction."""
    username = given["username"] or people.free_name(given["email"].partition("@")[0])
    user = people.add(username=username, email=given["email"], name=given["name"])
    client.users.add(user)
    heard.about(client.name, user=username, email=given["email"], welcome=given["welcome"])
    if given["welcome"]:
        if not mail_is_set_up():
            raise Refused("Nobody takes Aegir's mail yet: see the mail settings.", field="welcome")
        welcome(user, client)
    return user


def account_words(user: User, given: dict[str, Any]) -> str:
    """The account that was made, for the sentence that says so."""
    sent = f" A welcome mail goes to {user.email}." if given.get("welcome") else ""
    return f" The account is «{user.username}».{sent}"
