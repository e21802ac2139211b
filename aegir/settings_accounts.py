"""Django's settings about people: django-allauth, sessions, passwords. ``settings`` takes them in whole."""

from __future__ import annotations

ACCOUNT_APPS = [
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.usersessions",
]
ACCOUNT_MIDDLEWARE = [
    "allauth.account.middleware.AccountMiddleware",
    "aegir.pages.sessions.noted",
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]

ACCOUNT_ADAPTER = "aegir.pages.adapter.Accounts"
ACCOUNT_LOGIN_METHODS = {"username"}
"""The sign-in form finds the user name of an e-mail address itself."""
ACCOUNT_SIGNUP_FIELDS = ["email", "username*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_UNIQUE_EMAIL = False
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
"""Nobody can make Aegir send mail to a stranger."""
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"
ACCOUNT_REAUTHENTICATION_TIMEOUT = 15 * 60
ACCOUNT_LOGOUT_REDIRECT_URL = "/sign-in"
ACCOUNT_FORMS = {
    "reset_password": "aegir.pages.account_forms.ForgottenForm",
    "reset_password_from_key": "aegir.pages.account_forms.NewPasswordForm",
    "reauthenticate": "aegir.pages.account_forms.AgainForm",
}
CACHES = {"default": {"BACKEND": "aegir.models.remembered.Memory"}}
"""Where allauth counts attempts and notes used codes, and the API counts bad tokens; nothing else uses it."""
ACCOUNT_RATE_LIMITS = {
    "login_failed": "30/15m/ip,10/15m/key",
    "reauthenticate": "20/15m/user",
    "change_password": "10/15m/user",
    "reset_password": "20/h/ip,3/h/key",
    "reset_password_from_key": "20/15m/ip",
    "signup": "5/h/ip",
}

MFA_ADAPTER = "aegir.pages.adapter.SecondFactors"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True
"""Aegir's accounts are made by its people; nobody takes an address by signing up with it."""
MFA_TOTP_ISSUER = "Aegir"
MFA_TOTP_TOLERANCE = 1
MFA_RECOVERY_CODE_DIGITS = 10
MFA_FORMS = {
    "authenticate": "aegir.pages.account_forms.CodeForm",
    "reauthenticate": "aegir.pages.account_forms.CodeAgainForm",
    "activate_totp": "aegir.pages.account_forms.AuthenticatorForm",
    "add_webauthn": "aegir.pages.account_forms.PasskeyForm",
    "edit_webauthn": "aegir.pages.account_forms.PasskeyNameForm",
}

SOCIALACCOUNT_ADAPTER = "aegir.pages.adapter.Providers"
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_REAUTHENTICATION_REQUIRED = True
SOCIALACCOUNT_REQUESTS_TIMEOUT = 10

SESSION_COOKIE_AGE = 14 * 24 * 3600
"""A session ends after so long without use; an administrator's, after ``ADMINISTRATOR_SESSION_AGE``."""
ADMINISTRATOR_SESSION_AGE = 12 * 3600
PASSWORD_RESET_TIMEOUT = 2 * 3600
