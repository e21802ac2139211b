"""«Your account»: who one is, how one signs in, and where one is signed in."""

from __future__ import annotations

import re
from typing import Any

from allauth.account.internal.flows.password_change import finalize_password_change, finalize_password_set
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.internal.flows.sessions import end_other_sessions
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib import auth, messages
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from aegir import access
from aegir.access import SCOPES, Actor, heard
from aegir.errors import Refused
from aegir.models import User, feature, people
from aegir.models.welcome import mail_is_set_up
from aegir.pages import openid
from aegir.pages.account_forms import EmailForm, NameForm, PasswordForm
from aegir.pages.adapter import mail
from aegir.pages.confirming import confirmed
from aegir.pages.door import changed, refusal, shown, signed_in

SALT = "aegir.account.email"
LINK_LIVES = 48 * 3600
SPENT = "This link was used already, or is too old: change the address once more."
NEW_ADDRESS = """Hello {name},

this link makes {new} the address of your account on {panel}, once, within two days:

{link}

If you did not ask for that, do nothing.
"""
OLD_ADDRESS = """Hello {name},

the address of your account on {panel} is {new} from now on.

If that was not you, ask an administrator at once.
"""
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR", "Opera"),
    ("Firefox", "Firefox"),
    ("Chrom", "Chromium"),
    ("Safari", "Safari"),
)
SYSTEMS = (("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"), ("Windows", "Windows"),
           ("Mac OS", "macOS"), ("CrOS", "ChromeOS"), ("Linux", "Linux"))  # fmt: skip


@shown
def account(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The page."""
    return page(request, actor)


@changed
def name(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The form for one's name."""
    form = NameForm(request.POST)
    if not form.is_valid():
        return page(request, actor, name_form=form)
    try:
        people.change(_own(request), name=form.cleaned_data["name"])
    except Refused as refused:
        form.add_error("name", str(refused))
        return page(request, actor, name_form=form)
    heard.about(actor.name)
    messages.success(request, "Your name is saved.")
    return redirect("account")


@changed
@confirmed
def email(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The form for one's address. Where mail goes out, a new one counts once its link was followed."""
    form, user = EmailForm(request.POST), _own(request)
    if not form.is_valid():
        return page(request, actor, email_form=form)
    new = form.cleaned_data["email"]
    heard.about(actor.name, email=new)
    if new and new != user.email and mail_is_set_up():
        _send_link(user, new)
        messages.info(request, f"A mail went to {new}: the link in it makes it your address.")
        return redirect("account")
    try:
        people.change(user, email=new)
    except Refused as refused:
        form.add_error("email", str(refused))
        return page(request, actor, email_form=form)
    messages.success(request, "Your address is saved.")
    return redirect("account")


@require_http_methods(["GET", "HEAD", "POST"])
def email_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link from the mail to a new address. Merely looking at it changes nothing."""
    try:
        said = signing.loads(token, salt=SALT, max_age=LINK_LIVES)
        user = User.objects.get(pk=said["user"], email=said["old"], is_active=True)
    except (signing.BadSignature, User.DoesNotExist):
        heard.refused(SPENT)
        return refusal(request, Refused(SPENT))
    if request.method != "POST":
        return render(request, "account/email_confirm.html", {"email": said["new"]})
    heard.actor(user.get_username())
    heard.about(user.get_username(), email=said["new"])
    try:
        people.change(user, email=said["new"])
    except Refused as refused:
        heard.refused(str(refused))
        return refusal(request, refused)
    text = OLD_ADDRESS.format(name=_called(user), panel=settings.AEGIR_PANEL_URL, new=said["new"])
    mail(said["old"], "Your address was changed", text)
    messages.success(request, f"{said['new']} is your address now.")
    return redirect("account")


@sensitive_post_parameters("password1", "password2")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
@confirmed
def password(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The form for a password, a first or another one. All other sessions end."""
    user = _own(request)
    had = user.has_usable_password()
    form = PasswordForm(user, request.POST or None)
    if request.method != "POST":
        return render(request, "account/password.html", {"form": form, "had": had})
    heard.about(actor.name)
    if not form.is_valid():
        heard.refused("The password was not taken.")
        return render(request, "account/password.html", {"form": form, "had": had}, status=422)
    form.save()
    (finalize_password_change if had else finalize_password_set)(request, user)
    end_other_sessions(request, user)
    return redirect("account")


@changed
def sessions_end(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The button: sign out everywhere else."""
    end_other_sessions(request, _own(request))
    heard.about(actor.name)
    messages.success(request, "You are signed out everywhere else.")
    return redirect("account")


@changed
def session_end(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """The button beside a session."""
    heard.about(actor.name)
    row = UserSession.objects.filter(user=_own(request), pk=number).first()
    if row is None:
        raise access.NotFound("That session is over already.")
    if row.is_current():
        row.delete()
        auth.logout(request)
        return redirect("sign_in")
    row.end()
    messages.success(request, "That browser is signed out.")
    return redirect("account")


def page(request: HttpRequest, actor: Actor, **forms: Any) -> HttpResponse:
    """The page, with forms that were refused as they were filled in."""
    user = _own(request)
    refused = [form for form in forms.values() if hasattr(form, "errors")]
    for form in refused:
        heard.refused(str(next(iter(form.errors.values()))[0]))
    context = {
        "name_form": NameForm(initial={"name": user.get_full_name()}),
        "email_form": EmailForm(initial={"email": user.email}),
        "mail": mail_is_set_up(),
        "has_password": user.has_usable_password(),
        "scopes": SCOPES,
        **_factors(user),
        **_sessions(user),
        **_tokens(actor),
        **forms,
    }
    return render(request, "account/page.html", context, status=422 if refused else 200)


def device(agent: str) -> str:
    """A browser as people call it, from how it calls itself."""
    browser = next((name for sign, name in BROWSERS if re.search(sign, agent)), "")
    system = next((name for sign, name in SYSTEMS if sign in agent), "")
    return " on ".join(part for part in (browser, system) if part) or "Some program"


def _own(request: HttpRequest) -> User:
    assert isinstance(request.user, User)
    return request.user


def _called(user: User) -> str:
    return user.get_full_name() or user.get_username()


def _send_link(user: User, new: str) -> None:
    token = signing.dumps({"user": user.pk, "old": user.email, "new": new}, salt=SALT)
    panel = settings.AEGIR_PANEL_URL
    link = f"{panel}/account/email/{token}"
    mail(new, "Your new address", NEW_ADDRESS.format(name=_called(user), new=new, panel=panel, link=link))


def _factors(user: User) -> dict[str, Any]:
    """The second factors, and what else signs in."""
    rows = list(Authenticator.objects.filter(user=user).order_by("pk"))
    codes = [row for row in rows if row.type == Authenticator.Type.RECOVERY_CODES]
    return {
        "app": next((row for row in rows if row.type == Authenticator.Type.TOTP), None),
        "codes": codes,
        "codes_left": len(codes[0].wrap().get_unused_codes()) if codes else 0,
        "passkeys_on": feature.on("passkeys"),
        "passkeys": [row for row in rows if row.type == Authenticator.Type.WEBAUTHN],
        "provider": openid.app(),
        "linked": SocialAccount.objects.filter(user=user),
    }


def _sessions(user: User) -> dict[str, Any]:
    rows = sorted(UserSession.objects.purge_and_list(user), key=lambda row: row.last_seen_at, reverse=True)
    return {"sessions": [{"row": row, "device": device(row.user_agent)} for row in rows]}


def _tokens(actor: Actor) -> dict[str, Any]:
    return {
        "tokens_on": feature.on("tokens"),
        "may_add_token": access.may(actor, "token_add"),
        "tokens": access.tokens(actor).filter(user=actor.user),
        "token_days": 90,
    }
