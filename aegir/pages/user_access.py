"""What one person may do, and through what he comes in: roles, clients, links, browsers and tokens."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from aegir import access
from aegir.access import Actor, heard
from aegir.errors import Refused
from aegir.models import User, factors, people
from aegir.models.welcome import mail_is_set_up, welcome
from aegir.pages import whereabouts
from aegir.pages.door import changed


@changed
def grant(request: HttpRequest, actor: Actor, username: str) -> HttpResponse:
    """The form for roles: exactly those that are ticked."""
    row = access.allowed(actor, "user_grant", access.user(actor, username))
    roles = request.POST.getlist("roles")
    heard.about(username, roles=roles)
    fewer = not set(people.roles(row)) <= set(roles)
    people.grant(row, roles, keep=request.session.session_key or "")
    out = f" {username} is signed out of all other browsers." if fewer else ""
    messages.success(request, f"The roles of {username} are saved.{out}")
    return redirect("user", username=username)


@changed
def join(request: HttpRequest, actor: Actor, username: str) -> HttpResponse:
    """Let him see and manage a client's sites."""
    row = access.user(actor, username)
    client = access.client(actor, request.POST.get("client", "").strip())
    access.require(actor, "client_change", client)
    heard.about(client.name, user=username)
    client.users.add(row)
    messages.success(request, f"{username} sees the sites of {client.title} now.")
    return redirect("user", username=username)


@changed
def send_link(request: HttpRequest, actor: Actor, username: str) -> HttpResponse:
    """Mail him a link that signs in once; older ones are dead then."""
    row = access.allowed(actor, "user_welcome", access.user(actor, username))
    send_welcome(row)
    messages.success(request, f"A link that signs in once goes to {row.email}.")
    return redirect("user", username=username)


@changed
def allow(request: HttpRequest, actor: Actor, username: str) -> HttpResponse:
    """Shut him out, or let him in again."""
    row = access.allowed(actor, "user_change", access.user(actor, username))
    active = request.POST.get("active") == "yes"
    heard.about(username, active=active)
    if not active and row.pk == actor.user:
        raise Refused("You cannot shut yourself out: another one has to do it.")
    people.change(row, active=active)
    what = "may sign in again" if active else "is shut out, and signed out everywhere"
    messages.success(request, f"{username} {what}.")
    return redirect("user", username=username)


@changed
def sign_out(request: HttpRequest, actor: Actor, username: str) -> HttpResponse:
    """End his sessions: the one that is named, or all."""
    row = access.allowed(actor, "user_change", access.user(actor, username))
    number = request.POST.get("session", "")
    if number and not (number.isascii() and number.isdigit() and len(number) < 19):
        raise access.NotFound("That session is over already.")
    ended = whereabouts.sign_out(row, int(number) if number else None)
    messages.success(request, f"{username} was signed out of {ended} browser{'s' * (ended != 1)}.")
    return redirect("user", username=username)


@changed
def revoke(request: HttpRequest, actor: Actor, username: str, number: int) -> HttpResponse:
    """The button beside a token."""
    row = access.user(actor, username)
    token = access.token(actor, number)
    if token.user_id != row.pk:
        raise access.NotFound(f"There is no token {number} of {username}.")
    access.require(actor, "token_revoke", token)
    heard.about(str(token), user=username)
    token.delete()
    messages.success(request, f"The token «{token.name}» does not work any more.")
    return redirect("user", username=username)


@changed
def reset_factors(request: HttpRequest, actor: Actor, username: str) -> HttpResponse:
    """Take away the second factor that he lost, once his name was typed beside the button."""
    row = access.allowed(actor, "user_reset_factors", access.user(actor, username))
    if request.POST.get("name", "").strip() != username:
        raise Refused(f"Nothing was taken away: type {username} to confirm.")
    if row.pk == actor.user:
        raise Refused("Remove your own second factor on the page «Your account».")
    factors.reset(row)
    messages.success(
        request, f"{username} is not asked for a second factor any more, and is signed out everywhere."
    )
    return redirect("user", username=username)


def send_welcome(row: User) -> None:
    """Mail somebody a link that signs in once; Refused where it would not reach him or let him in."""
    if not row.is_active:
        raise Refused(f"{row.username} is shut out: let him in first.")
    if not mail_is_set_up():
        raise Refused("Nobody takes Aegir's mail yet: see the mail settings.", field="welcome")
    welcome(row, row.clients.order_by("name").first())
