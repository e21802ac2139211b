"""The forms of signing in and of one's own account, in Aegir's words."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ReauthenticateForm, ResetPasswordForm, ResetPasswordKeyForm, SetPasswordForm
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.base.forms import ReauthenticateForm as ReauthenticateByCodeForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.webauthn.forms import AddWebAuthnForm, EditWebAuthnForm
from django import forms
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

from aegir.models import User, names

LONGEST = 4096
"""Characters of a password that are looked at: whoever sends more means no good."""
WRONG = "The user name or the password is wrong."
TWICE = "Type the same password twice."


class SignInForm(forms.Form):
    """User name or e-mail address, and password. One sentence for all that can be wrong with them."""

    username = forms.CharField(
        label="User name or e-mail",
        max_length=254,
        error_messages={"required": WRONG, "max_length": WRONG},
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=LONGEST,
        error_messages={"required": WRONG, "max_length": WRONG},
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, request: HttpRequest, data: Any = None) -> None:
        super().__init__(data)
        self.request = request
        self.user: AbstractBaseUser | None = None

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors:
            return given
        name = username_of(given["username"])
        user = get_adapter(self.request).authenticate(self.request, username=name, password=given["password"])
        if user is None or not user.is_active:
            raise forms.ValidationError(WRONG, code="wrong")
        self.user = user
        return given


def username_of(text: str) -> str:
    """The user name that an e-mail address stands for, if it is one person's alone; otherwise the text."""
    if "@" not in text or User.objects.filter(username__iexact=text).exists():
        return text
    found = list(User.objects.filter(email__iexact=text).values_list("username", flat=True)[:2])
    return found[0] if len(found) == 1 else text


class AgainForm(ReauthenticateForm):
    """The password, before something that matters is changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password"] = forms.CharField(
            label="Password",
            strip=False,
            max_length=LONGEST,
            widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
        )


class ForgottenForm(ResetPasswordForm):
    """Where to send a link for a new password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = "E-mail"
        self.fields["email"].widget.attrs.pop("placeholder", None)

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"])
        self.users = list(User.objects.filter(email__iexact=email, is_active=True)) if email else []
        return email


class _TwicePasswordForm(forms.Form):
    """Puts words and limits on allauth's two fields for a new password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first, second = self.fields["password1"], self.fields["password2"]
        first.label, second.label = "New password", "The same again"
        first.help_text = "At least 12 characters; neither a common one nor like your name."
        for field in (first, second):
            assert isinstance(field, forms.CharField)
            field.max_length = LONGEST
            field.widget.attrs.pop("placeholder", None)
            field.validators.append(_not_endless)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "password2" in self.errors:
            self.errors["password2"] = self.error_class([TWICE])
        return given


class NewPasswordForm(_TwicePasswordForm, ResetPasswordKeyForm):
    """A new password for who followed the link from a mail."""


class PasswordForm(_TwicePasswordForm, SetPasswordForm):
    """A new password for who is signed in."""


class CodeForm(AuthenticateForm):
    """The second factor."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code(self)


class CodeAgainForm(ReauthenticateByCodeForm):
    """The second factor, before something that matters is changed."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code(self)


class AuthenticatorForm(ActivateTOTPForm):
    """The first code of a new authenticator app."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _code(self)


class PasskeyForm(AddWebAuthnForm):
    """A new passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = _key_name(required=False)
        alone = self.fields["passwordless"]
        alone.label = "Sign in with this passkey alone"
        alone.help_text = (
            "Without user name and password: the device asks for your finger, face or PIN. Switch it off for "
            "a simple security key, which then is a second factor after the password."
        )
        alone.initial = True


class PasskeyNameForm(EditWebAuthnForm):
    """Another name for a passkey."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["name"] = _key_name(required=True)


class NameForm(forms.Form):
    """What somebody is called."""

    name = forms.CharField(
        label="Name",
        required=False,
        max_length=150,
        help_text="What people call you.",
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )


class EmailForm(forms.Form):
    """Where somebody's mail goes."""

    email = forms.CharField(
        label="E-mail",
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def clean_email(self) -> str:
        text = str(self.cleaned_data["email"]).strip()
        if text and not names.is_email(text):
            raise forms.ValidationError(f"«{names.shown(text)}» is not an e-mail address.")
        return text


def _not_endless(text: str) -> None:
    if len(text) > LONGEST:
        raise forms.ValidationError(f"A password of more than {LONGEST} characters is too long.")


def _code(form: forms.Form) -> None:
    form.fields["code"] = forms.CharField(
        label="Code",
        max_length=40,
        error_messages={"required": "Type the code.", "max_length": "That code is not right."},
        widget=forms.TextInput(
            attrs={"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}
        ),
    )


def _key_name(*, required: bool) -> forms.CharField:
    return forms.CharField(
        label="Name",
        required=required,
        max_length=60,
        help_text="By which you tell it from others: «Laptop», «Phone».",
    )
