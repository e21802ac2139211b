"""The forms about who is told how tasks end."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import forms

from aegir import access
from aegir.access import ACTIONS, Actor
from aegir.engine import recipe
from aegir.errors import Refused
from aegir.models import Subscription, Task, feature
from aegir.pages.client_forms import PLAIN
from aegir.pages.forms import Boxes, Form

OUTCOMES = {
    Task.State.SUCCEEDED: "succeeded",
    Task.State.WARNED: "succeeded with warnings",
    Task.State.FAILED: "failed and undone",
    Task.State.STUCK: "failed and stuck: a person is needed",
    Task.State.CANCELLED: "cancelled",
}
GROUPS = {
    "of_sites": ("What is done to sites", ("site", "cron")),
    "of_platforms": ("What is done to platforms and servers", ("platform", "server")),
    "of_backups": ("What is done to backups and kept pairs", ("backup", "pair")),
}
"""Field → its legend, and how the operations begin that it offers."""


class _Telling(Form):
    """What all of them say."""

    name = forms.CharField(
        label="Name", max_length=60, help_text="What it is for, such as «Failures of the shop»."
    )
    target = forms.CharField(
        label="Goes to",
        max_length=500,
        help_text="An e-mail address; for a webhook, an address such as https://example.org/hook.",
        widget=forms.TextInput(attrs=PLAIN),
    )
    outcomes = forms.MultipleChoiceField(
        label="Tells of tasks that", choices=list(OUTCOMES.items()), widget=Boxes,
        error_messages={"required": "Choose at least one way for a task to end."},
    )  # fmt: skip
    site = forms.CharField(
        label="Only of the site",
        required=False,
        max_length=253,
        help_text="By its domain. Left empty, of all that you may see.",
        widget=forms.TextInput(attrs=PLAIN),
    )
    client = forms.CharField(
        label="Only of the client",
        required=False,
        max_length=60,
        help_text="By its name. Left empty, of all that you may see.",
        widget=forms.TextInput(attrs=PLAIN),
    )
    more = tuple(GROUPS)

    def __init__(self, actor: Actor, operations: list[str], *args: Any, **kwargs: Any) -> None:
        super().__init__(actor, *args, **kwargs)
        for field, (_, nouns) in GROUPS.items():
            offered = self.fields[field]
            assert isinstance(offered, forms.MultipleChoiceField)
            offered.choices = [(name, title) for name, title in titles() if name.partition("_")[0] in nouns]
            offered.initial = [name for name in operations if name.partition("_")[0] in nouns]
        if not access.may(actor, "client_see"):
            del self.fields["client"]

    def arguments(self) -> dict[str, Any]:
        """As ``Subscription`` takes them."""
        given = super().arguments()
        chosen = [given.pop(field) or [] for field in GROUPS]
        return {**given, "operations": [name for names in chosen for name in names]}


def _operations(field: str) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=GROUPS[field][0],
        required=False,
        widget=Boxes,
        help_text="Nothing chosen in any of these: everything, but what runs by itself every few minutes.",
    )


class SubscriptionForm(_Telling):
    """A new one."""

    field_order = ("name", "kind", "target", "outcomes", "site", "client", *GROUPS)

    kind = forms.ChoiceField(label="Kind")
    of_sites = _operations("of_sites")
    of_platforms = _operations("of_platforms")
    of_backups = _operations("of_backups")

    def __init__(self, actor: Actor, *args: Any, **kwargs: Any) -> None:
        super().__init__(actor, [], *args, **kwargs)
        kinds = [(Subscription.Kind.EMAIL, "E-mail")]
        if feature.on("webhooks"):
            kinds.append((Subscription.Kind.WEBHOOK, "Webhook: a signed message to a program of yours"))
        kind = self.fields["kind"]
        assert isinstance(kind, forms.ChoiceField)
        kind.choices = kinds


class ChangeForm(_Telling):
    """One that is there."""

    field_order = ("name", "target", "outcomes", "site", "client", "enabled", *GROUPS)

    enabled = forms.BooleanField(
        label="On", required=False, help_text="Switched off, it tells nothing until it is on again."
    )
    of_sites = _operations("of_sites")
    of_platforms = _operations("of_platforms")
    of_backups = _operations("of_backups")


@cache
def titles() -> list[tuple[str, str]]:
    """Every operation that somebody can ask for, with what people call it."""
    found = []
    for name in ACTIONS:
        try:
            found.append((name, _titled(name, recipe.load(name).title)))
        except Refused:
            continue  # something else that one may do, such as looking
    return found


def _titled(name: str, title: str) -> str:
    """Platforms and servers share words: «Verify»."""
    noun = name.partition("_")[0]
    return f"{title} a {noun}" if noun in ("platform", "server") else title
