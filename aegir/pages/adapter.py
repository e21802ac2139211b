"""How django-allauth does things here: its mail, its words, its secrets, and whom it lets in."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from aegir.access import heard
from aegir.errors import Refused
from aegir.models import Message, Subscription, User, feature, people, secret
from aegir.models.welcome import mail_is_set_up
from aegir.pages import openid
from aegir.pages.door import refusal

NOTICES = {
    "account/email/password_changed": "The password of your account was changed.",
    "account/email/password_set": "Your account has a password now.",
    "account/email/password_reset": "The password of your account was changed, by a link from a mail.",
    "mfa/email/totp_activated": "An authenticator app was set up for your account.",
    "mfa/email/totp_deactivated": "The authenticator app was removed from your account.",
    "mfa/email/recovery_codes_generated": "Your account has new recovery codes; the old ones are void.",
    "mfa/email/webauthn_added": "A passkey was added to your account.",
    "mfa/email/webauthn_removed": "A passkey was removed from your account.",
    "socialaccount/email/account_connected": "Your account can be signed in to through the provider now.",
    "socialaccount/email/account_disconnected": "Your account was unlinked from the provider.",
}
"""What people are told by mail, by allauth's names for it."""

WAYS = {
    "reauthenticate": "Use your password",
    "mfa_reauthenticate": "Use a code",
    "mfa_reauthenticate:webauthn": "Use your passkey",
}
"""Of saying once more that it is you, by allauth's names for them."""

RESET = """Somebody, most likely you, asked for a new password for your account «{name}» on {panel}.
This link lets you choose one, once, within two hours:

{link}

If that was not you, do nothing: your password stays as it is.
"""
NOTICE = """Hello {name},

{notice}

If that was not you, ask an administrator of {panel} at once.
"""


def mail(to: str, subject: str, text: str) -> None:
    """Put a mail into the outbox, where a mail server is set and there is somebody to send to."""
    if to and mail_is_set_up():
        Message.put(Subscription.Kind.EMAIL, to, subject, text)


class Accounts(DefaultAccountAdapter):
    """Signing in by name and password."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "incorrect_password": "That password is not right.",
        "incorrect_code": "That code is not right.",
        "too_many_login_attempts": "That was wrong too often: wait a quarter of an hour, or use another way.",
        "rate_limited": "That was wrong too often: wait a quarter of an hour.",
        "invalid_password_reset": "This link was used already, or is too old: ask for a new one.",
        "unknown_email": "Give an e-mail address.",
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str) -> bool:
        return url_has_allowed_host_and_scheme(url, allowed_hosts={self.request.get_host()})

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        super().login(request, user)
        heard.actor(user.get_username())

    def get_client_ip(self, request: HttpRequest) -> str:
        # Over the unix socket there is no address: whoever may open it is on this machine.
        return request.META.get("REMOTE_ADDR") or "127.0.0.1"

    def get_reauthentication_methods(self, user: AbstractBaseUser | AnonymousUser) -> list[dict[str, Any]]:
        return [{**way, "description": WAYS[way["id"]]} for way in super().get_reauthentication_methods(user)]

    def _get_login_attempts_cache_key(self, request: HttpRequest, **credentials: Any) -> str:
        return str(credentials.get("username", "")).lower()

    def get_reset_password_from_key_url(self, key: str) -> str:
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return f"{settings.AEGIR_PANEL_URL}{path.replace('UID-KEY', key)}"

    def send_password_reset_mail(self, user: AbstractBaseUser, email: str, context: dict[str, Any]) -> None:
        link, name = context["password_reset_url"], user.get_username()
        assert isinstance(user, User)
        mail(user.email, "A new password", RESET.format(name=name, panel=settings.AEGIR_PANEL_URL, link=link))

    def send_notification_mail(
        self,
        template_prefix: str,
        user: AbstractBaseUser,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        assert isinstance(user, User)
        notice = NOTICES[template_prefix]
        name = user.get_full_name() or user.get_username()
        text = NOTICE.format(name=name, notice=notice, panel=settings.AEGIR_PANEL_URL)
        mail(user.email, notice.rstrip("."), text)


class SecondFactors(DefaultMFAAdapter):
    """Authenticator apps, recovery codes and passkeys; what authenticates is kept sealed."""

    error_messages = {**DefaultMFAAdapter.error_messages, "incorrect_code": "That code is not right."}

    def encrypt(self, text: str) -> str:
        return secret.lock(text)

    def decrypt(self, encrypted_text: str) -> str:
        return secret.unlock(encrypted_text)

    def get_totp_label(self, user: AbstractBaseUser) -> str:
        return str(user.get_username())

    def is_mfa_enabled(self, user: AbstractBaseUser, types: Any = None) -> bool:
        wanted = list(Authenticator.Type) if types is None else list(types)
        if not feature.on("passkeys"):
            wanted = [kind for kind in wanted if kind != Authenticator.Type.WEBAUTHN]
        return bool(super().is_mfa_enabled(user, wanted))

    def generate_authenticator_name(self, user: AbstractBaseUser, type: Authenticator.Type) -> str:
        have = Authenticator.objects.filter(user_id=user.pk, type=type).count()
        return f"Passkey {have + 1}"


class Providers(DefaultSocialAccountAdapter):
    """Signing in through the OpenID provider that the operator named."""

    def list_apps(
        self, request: HttpRequest, provider: str | None = None, client_id: str | None = None
    ) -> list[SocialApp]:
        app = openid.app()
        return [app] if app and provider in (None, app.provider, app.provider_id) else []

    def authenticate_by_email(self, sociallogin: SocialLogin) -> None:
        """Not in allauth's way, which takes away the password of whoever is found."""

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        if sociallogin.is_existing or sociallogin.state.get("process") != "login":
            return
        found = openid.same_address(sociallogin)
        if found is not None:
            sociallogin.user = found
        elif reason := openid.why_not_new(sociallogin):
            heard.refused(reason)
            raise ImmediateHttpResponse(_closed(request, reason))

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return openid.why_not_new(sociallogin) is None

    def save_user(self, request: HttpRequest, sociallogin: SocialLogin, form: Any = None) -> User:
        claims = sociallogin.account.extra_data
        user = people.add(
            username=openid.free_name(claims), email=claims["email"], name=str(claims.get("name") or "")[:150]
        )
        SocialAccount.objects.create(
            user=user, provider=sociallogin.account.provider, uid=sociallogin.account.uid, extra_data=claims
        )
        sociallogin.user = user
        return user


def _closed(request: HttpRequest, reason: str) -> HttpResponse:
    return refusal(request, Refused(reason))
