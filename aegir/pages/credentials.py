"""Pages about credentials: what opens other hosts when code is fetched. No page shows a secret."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from aegir import access
from aegir.access import Actor, heard, tried
from aegir.models import Credential, names
from aegir.pages import listing
from aegir.pages.door import changed, shown, signed_in
from aegir.pages.forms import Form, answer
from aegir.pages.listing import Column

PLAIN = {"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}
COLUMNS = (
    Column("Name", ("name",)),
    Column("For", ("host", "name")),
    Column("Kind", ("kind", "name")),
    Column("Used by"),
    Column("Since", ("created_at",), wide=True),
    Column(""),
)


class CredentialForm(Form):
    """One that is to be kept."""

    name = forms.CharField(
        label="Name", max_length=200, help_text="What you call it.", widget=forms.TextInput(attrs=PLAIN)
    )
    host = forms.CharField(
        label="Host",
        max_length=300,
        help_text="For which alone it is used, such as git.example.org.",
        widget=forms.TextInput(attrs=PLAIN),
    )
    kind = forms.ChoiceField(label="Kind", choices=Credential.Kind.choices)
    user = forms.CharField(
        label="User",
        max_length=200,
        required=False,
        help_text="Whose it is; needed with a password.",
        widget=forms.TextInput(attrs=PLAIN),
    )
    secret = forms.CharField(
        label="Secret",
        strip=False,
        max_length=20_000,
        help_text="The token, the password, or the text of a private key without a passphrase. It is sealed, "
        "and shown to nobody.",
        widget=forms.Textarea(attrs={**PLAIN, "rows": 3}),
    )

    def arguments(self) -> dict[str, Any]:
        given = self.cleaned_data
        secret = given["secret"].replace("\r\n", "\n")
        key = given["kind"] == Credential.Kind.KEY
        return {**given, "secret": secret if key else secret.strip("\n")}


@shown
def credentials(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All of them, and which platforms are built with each."""
    access.require(actor, "credential_see")
    found = listing.shown(
        request,
        access.credentials(actor).prefetch_related("platforms"),
        COLUMNS,
        search=("name", "host"),
        searchable="Name or host",
        default="name",
    )
    context = {"nav": "platforms", "listing": found, "may_add": access.may(actor, "credential_add"),
               "may_delete": access.may(actor, "credential_delete")}  # fmt: skip
    return render(request, "credentials/list.html", context)


@sensitive_post_parameters("secret")
@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The form for a new one."""
    access.require(actor, "credential_add")

    def added(form: Form) -> Credential:
        given = form.arguments()
        heard.about(names.shown(given["name"]), host=names.shown(given["host"]), kind=given["kind"])
        return Credential.add(**given)

    def act(form: Form) -> HttpResponse:
        messages.success(request, f"{added(form)} is kept.")
        return redirect("credentials")

    context = {
        "nav": "platforms",
        "title": "Add a credential",
        "crumb": "Credentials",
        "intro": "Opens one host to Aegir when the code of a platform is fetched from there.",
        "button": "Keep it",
        "back": reverse("credentials"),
    }
    return answer(
        request,
        lambda **given: CredentialForm(actor, **given),
        act,
        "form.html",
        context,
        check=lambda form: tried(lambda: added(form)),
    )


@changed
def delete(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The button."""
    row = access.allowed(actor, "credential_delete", access.credential(actor, name))
    row.remove()
    messages.success(request, f"The credential {row.name} is gone.")
    return redirect("credentials")
