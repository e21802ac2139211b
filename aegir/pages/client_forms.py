"""The forms about clients and their people."""

from __future__ import annotations

from typing import Any

from django import forms

from aegir.access import Actor
from aegir.errors import Refused
from aegir.models import default, feature, names
from aegir.models.welcome import mail_is_set_up
from aegir.pages.forms import Form

PLAIN = {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}
NO_MAIL = "Not possible yet: nobody takes Aegir's mail, see the mail settings."
WELCOME = "It holds a link that signs in once, within 24 hours."


class ClientForm(Form):
    """What is said of a client."""

    title = forms.CharField(
        label="Title", required=False, max_length=200, help_text="What people call it, such as «Acme Ltd»."
    )
    organisation = forms.CharField(label="Organisation", required=False, max_length=200)
    email = forms.CharField(label="E-mail", max_length=254, widget=forms.EmailInput())
    quota = forms.IntegerField(
        label="Quota",
        required=False,
        help_text="How many sites it may have; 0 for any number.",
        min_value=0,
        max_value=1_000_000,
        error_messages={
            "invalid": "A quota is a whole number, or nothing.",
            "min_value": "A quota is 0 to 1000000, or nothing.",
            "max_value": "A quota is 0 to 1000000, or nothing.",
        },
    )

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(actor, *args, **kwargs)
        if feature.on("quotas"):
            self.fields[
                "quota"
            ].help_text = f"How many sites it may have; 0 for any number. Left empty, it is {_usual()}."
        else:
            del self.fields["quota"]

    def clean_email(self) -> str:
        return _email(self.cleaned_data["email"])


class NewClientForm(ClientForm):
    """A new client, and whether it gets an account."""

    field_order = ("name", "title", "organisation", "email", "email_again", "quota", "account", "welcome")

    name = forms.CharField(
        label="Name",
        max_length=60,
        help_text="Names it in addresses and on the command line: lower-case letters, digits, dots, hyphens "
        "and underscores, such as acme.",
        widget=forms.TextInput(attrs=PLAIN),
    )
    email_again = forms.CharField(
        label="The same e-mail again", max_length=254, widget=forms.EmailInput(attrs=PLAIN)
    )
    account = forms.BooleanField(
        label="Make an account to sign in with",
        required=False,
        help_text="For the address above. If somebody has it already, his account sees this client's sites.",
    )
    welcome = forms.BooleanField(
        label="Send a welcome mail to the new account", required=False, help_text=WELCOME
    )

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(actor, *args, **kwargs)
        _dress_welcome(self.fields["welcome"])

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if given.get("email") and given.get("email_again", "").strip() not in ("", given["email"]):
            self.add_error("email_again", "The two addresses are not the same.")
        return given


class PersonForm(Form):
    """Who somebody is."""

    email = forms.CharField(label="E-mail", max_length=254, widget=forms.EmailInput())
    name = forms.CharField(label="Name", required=False, max_length=150, help_text="What people call him.")

    def clean_email(self) -> str:
        return _email(self.cleaned_data["email"])


class InviteForm(PersonForm):
    """Somebody who has no account yet."""

    username = forms.CharField(
        label="User name",
        required=False,
        max_length=150,
        help_text="Signs in with it. Left empty, it is made from the e-mail address.",
        widget=forms.TextInput(attrs=PLAIN),
    )
    welcome = forms.BooleanField(label="Send a welcome mail", required=False, help_text=WELCOME)

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(actor, *args, **kwargs)
        _dress_welcome(self.fields["welcome"])


def _dress_welcome(field: forms.Field) -> None:
    if not mail_is_set_up():
        field.help_text, field.disabled, field.initial = NO_MAIL, True, False


def _email(text: str) -> str:
    try:
        return names.email(text.strip())
    except Refused as refused:
        raise forms.ValidationError(str(refused)) from refused


def _usual() -> str:
    usual = int(default.value("client_quota"))
    return f"{usual}, as the settings say" if usual else "any number, as the settings say"
