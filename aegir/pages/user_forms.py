"""The form for somebody new."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms

from aegir import access
from aegir.access import Actor
from aegir.pages.client_forms import PLAIN, InviteForm
from aegir.pages.forms import Boxes


class NewUserForm(InviteForm):
    """Who he is, what he belongs to, and what he may do."""

    field_order = ("username", "email", "name", "client", "roles", "welcome")

    client = forms.CharField(
        label="Client",
        required=False,
        max_length=60,
        help_text="Whose sites he shall see, by name, such as acme. Further ones are added on his page.",
        widget=forms.TextInput(attrs=PLAIN),
    )
    roles = forms.MultipleChoiceField(
        label="Roles",
        required=False,
        widget=Boxes,
        help_text="Without a role he sees the sites of his clients, and nothing else.",
    )

    def __init__(self, actor: Actor, roles: Mapping[str, tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(actor, *args, **kwargs)
        username = self.fields["username"]
        username.required, username.help_text = True, "He signs in with it, such as anna."
        chosen = self.fields["roles"]
        assert isinstance(chosen, forms.MultipleChoiceField)
        chosen.choices = [(role, f"{title}: {what}") for role, (title, what) in roles.items()]
        if not access.may(actor, "user_grant"):
            del self.fields["roles"]
        if not access.may(actor, "client_change"):
            self.fields["client"].disabled = True
            self.fields["client"].widget = forms.HiddenInput()
