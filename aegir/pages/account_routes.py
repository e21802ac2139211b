"""Addresses of signing in and of one's own account. Names are django-allauth's where it asks for them."""

from allauth.account import views as accounts
from allauth.mfa.base import views as factors
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.totp import views as apps
from allauth.mfa.webauthn import views as passkeys
from allauth.socialaccount import views as providers
from django.urls import URLPattern, URLResolver, path, re_path

from aegir.pages import account, account_tokens, openid, sign_in, signup
from aegir.pages.gates import gate

RESET = r"^password/new/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)$"

signing_in: list[URLPattern | URLResolver] = [
    path("sign-in", sign_in.sign_in, name="sign_in"),
    path("sign-in", sign_in.sign_in, name="account_login"),
    path("sign-in/code", gate(factors.authenticate), name="mfa_authenticate"),
    path("sign-in/passkey", gate(passkeys.login_webauthn, "passkeys"), name="mfa_login_webauthn"),
    path("sign-in/provider", gate(openid.begin, "openid"), name="openid_begin"),
    path(
        "sign-in/cancelled", gate(providers.login_cancelled, "openid"), name="socialaccount_login_cancelled"
    ),
    path("sign-in/closed", gate(accounts.account_inactive), name="account_inactive"),
    path("sign-in/<provider_id>/back", gate(openid.back, "openid"), name="openid_connect_callback"),
    path("sign-in/<token>", sign_in.sign_in_by_link, name="sign_in_by_link"),
    path("sign-out", sign_in.sign_out, name="sign_out"),
    path("password/forgotten", gate(accounts.password_reset, mailing=True), name="account_reset_password"),
    path(
        "password/sent", gate(accounts.password_reset_done, mailing=True), name="account_reset_password_done"
    ),
    path(
        "password/done",
        gate(accounts.password_reset_from_key_done),
        name="account_reset_password_from_key_done",
    ),
    re_path(RESET, gate(accounts.password_reset_from_key), name="account_reset_password_from_key"),
]

own_account: list[URLPattern | URLResolver] = [
    path("account", account.account, name="account"),
    *[
        path("account", account.account, name=name)
        for name in ("mfa_index", "mfa_list_webauthn", "usersessions_list", "socialaccount_connections")
    ],
    path("account/confirm", gate(accounts.reauthenticate), name="account_reauthenticate"),
    path("account/confirm/code", gate(factors.reauthenticate), name="mfa_reauthenticate"),
    path(
        "account/confirm/passkey",
        gate(passkeys.reauthenticate_webauthn, "passkeys"),
        name="mfa_reauthenticate_webauthn",
    ),
    path("account/name", account.name, name="account_name"),
    path("account/email", account.email, name="account_email_change"),
    path("account/email/<token>", account.email_confirm, name="account_email_confirm"),
    path("account/password", account.password, name="account_password"),
    path("account/authenticator", gate(apps.activate_totp), name="mfa_activate_totp"),
    path("account/authenticator/remove", gate(apps.deactivate_totp), name="mfa_deactivate_totp"),
    path("account/recovery-codes", gate(codes.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "account/recovery-codes/new", gate(codes.generate_recovery_codes), name="mfa_generate_recovery_codes"
    ),
    path(
        "account/recovery-codes/file",
        gate(codes.download_recovery_codes),
        name="mfa_download_recovery_codes",
    ),
    path("account/passkeys/add", gate(passkeys.add_webauthn, "passkeys"), name="mfa_add_webauthn"),
    path(
        "account/passkeys/<int:pk>/remove",
        gate(passkeys.remove_webauthn, "passkeys"),
        name="mfa_remove_webauthn",
    ),
    path(
        "account/passkeys/<int:pk>/name", gate(passkeys.edit_webauthn, "passkeys"), name="mfa_edit_webauthn"
    ),
    path("account/provider/unlink", gate(openid.unlink, "openid"), name="openid_unlink"),
    path("account/sessions/end", account.sessions_end, name="sessions_end"),
    path("account/sessions/<int:number>/end", account.session_end, name="session_end"),
    path("account/tokens", account_tokens.add, name="account_token_add"),
    path("account/tokens/<int:number>/revoke", account_tokens.revoke, name="account_token_revoke"),
]

signing_up: list[URLPattern | URLResolver] = [
    path("sign-up", signup.sign_up, name="sign_up"),
    path("sign-up/<token>", signup.confirm, name="sign_up_confirm"),
]
