"""Signing in through an OpenID provider: the way there, the way back, and whose account that is."""

from __future__ import annotations

import hashlib
from typing import Any
from urllib.parse import urlsplit

import requests
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.internal.flows.connect import disconnect
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from aegir.access import Actor, heard
from aegir.access.heard import Heard
from aegir.errors import Refused
from aegir.models import Secret, User, default, feature, names, people
from aegir.pages.confirming import again, confirmed
from aegir.pages.door import changed, refusal

PROVIDER = "openid"
CLAIMS = ("sub", "email", "email_verified", "name", "preferred_username")
"""What is kept of what the provider says."""
AWAY = "The sign-in provider did not answer as it should: try again, or sign in another way."


class OpenId(OpenIDConnectOAuth2Adapter):
    """Checks the signature of the identity token, and that all that is said is said of the same person."""

    def complete_login(
        self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any
    ) -> SocialLogin:
        config = self.openid_config
        claims = jwtkit.verify_and_decode(
            credential=kwargs["response"]["id_token"],
            keys_url=config["jwks_uri"],
            issuer=config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )
        if config.get("userinfo_endpoint"):
            said = self._fetch_user_info(token.token)
            if said.get("sub") != claims["sub"]:
                raise OAuth2Error("The user information is about somebody else.")
            claims = {**claims, **said}
        kept = {name: claims[name] for name in CLAIMS if name in claims}
        login = self.get_provider().sociallogin_from_response(request, {"userinfo": kept})
        login.account.extra_data = kept
        login.account.uid = _uid(config["issuer"], str(claims["sub"]))
        return login


def app() -> SocialApp | None:
    """The provider as the settings name it; None while it is switched off, or not all is said."""
    issuer, client = str(default.value("openid_issuer")), str(default.value("openid_client"))
    sealed = default.sealed("openid_secret")
    if not (issuer and client and sealed and feature.on("openid")):
        return None
    return SocialApp(
        provider="openid_connect",
        provider_id=PROVIDER,
        name=urlsplit(issuer).hostname or issuer,
        client_id=client,
        secret=Secret.objects.get(pk=sealed).reveal(),
        settings={"server_url": issuer.rstrip("/"), "oauth_pkce_enabled": True},
    )


def verified_address(login: SocialLogin) -> str:
    """The e-mail address that the provider vouches for; empty when it vouches for none."""
    claims = login.account.extra_data
    email = claims.get("email")
    return email if claims.get("email_verified") is True and isinstance(email, str) else ""


def same_address(login: SocialLogin) -> User | None:
    """Whose address the provider vouches for, where the operator trusts it that far."""
    email = verified_address(login)
    if not email or not default.value("openid_match_email"):
        return None
    found = list(User.objects.filter(email__iexact=email, is_active=True)[:2])
    return found[0] if len(found) == 1 else None


def why_not_new(login: SocialLogin) -> str | None:
    """Why no account is made for somebody whom nobody knows here; None if one is."""
    sentence = (
        "No account here is linked to that sign-in: sign in another way and link it, or ask an administrator."
    )
    email = verified_address(login)
    if not default.value("openid_new_accounts") or not names.is_email(email):
        return sentence
    return sentence if User.objects.filter(email__iexact=email).exists() else None


def free_name(claims: dict[str, Any]) -> str:
    """A user name that nobody has, like the one that the provider knows."""
    wanted = str(claims.get("preferred_username") or claims["email"].partition("@")[0])
    return people.free_name(wanted)


@require_POST
def begin(request: HttpRequest) -> HttpResponse:
    """The button: go to the provider. By a page of ours, since a form may not lead to another host."""
    linking = request.user.is_authenticated
    if linking and not did_recently_reauthenticate(request):
        return again(request)
    heard.about(PROVIDER)
    if linking:
        heard.actor(request.user.get_username())
    try:
        provider = get_adapter().get_provider(request, provider=PROVIDER)
        target = request.POST.get("next", "")
        answer = provider.redirect(
            request, "connect" if linking else "login", next_url="/account" if linking else target
        )
    except (requests.RequestException, LookupError, ValueError):
        return refusal(request, Refused(AWAY))
    return render(request, "socialaccount/going.html", {"address": answer["Location"], "provider": provider})


@require_GET
def back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """The provider sends people back to here. What comes of it is written down as a request for a change,
    though browsers come here by a plain link."""
    address = str(request.META.get("REMOTE_ADDR") or "")
    with heard.listening(Heard("page", address, "sign_in", about=PROVIDER)) as begun:
        if request.user.is_authenticated:
            heard.actor(request.user.get_username())
        answer = _answered(request)
    begun.record(answer.status_code)
    return answer


def _answered(request: HttpRequest) -> HttpResponse:
    try:
        answer: HttpResponse = OAuth2CallbackView.adapter_view(OpenId(request, PROVIDER))(request)
    except ImmediateHttpResponse as refused:
        answer = refused.response
    except (LookupError, TypeError, ValueError, OAuth2Error, requests.RequestException, Refused):
        heard.refused(AWAY)
        return refusal(request, Refused(AWAY))
    return answer


@changed
@confirmed
def unlink(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The button: this sign-in at the provider does not lead here any more."""
    assert isinstance(request.user, User)
    if not request.user.has_usable_password():
        raise Refused("Choose a password first: without it, nothing would let you in.")
    for account in SocialAccount.objects.filter(user=request.user):
        disconnect(request, account)
    heard.about(actor.name)
    messages.success(request, "Your account is unlinked from the provider.")
    return redirect("account")


def _uid(issuer: str, subject: str) -> str:
    """Who somebody is: what one provider calls him says nothing about another provider's people."""
    return hashlib.sha256(f"{issuer}\n{subject}".encode()).hexdigest()
