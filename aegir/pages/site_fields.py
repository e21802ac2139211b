"""What the forms about sites are made of: fields that suggest and show, and what there is to choose from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.timezone import localtime

from aegir import access
from aegir.access import Actor
from aegir.models import Backup, Client, Pair, Platform, Site, feature
from aegir.pages.forms import First, Form


class Suggested(forms.TextInput):
    """A text with suggestions, of which none need be taken."""

    template_name = "parts/suggested.html"

    def __init__(self, suggestions: Iterable[str]) -> None:
        super().__init__()
        self.suggestions = suggestions

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        more = {"list": f"list-{name}", "autocapitalize": "none"}
        return {
            **super().get_context(name, value, {**(attrs or {}), **more}),
            "suggestions": self.suggestions,
        }


class Understood(forms.Widget):
    """Shows how a line was split into words."""

    template_name = "sites/understood.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "words": value or []}


def chosen(form: Form, name: str, choices: list[tuple[Any, str]]) -> None:
    """Give a field of ``form`` its choices."""
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices


def whose(form: Form, operation: str, nobody: str) -> None:
    """Ask whose a new site shall be only those who have a choice. ``nobody`` says what no answer means, for
    whoever may do the operation for anybody."""
    actor, field = form.actor, form.fields["client"]
    own, free = client_choices(actor), access.anywhere(actor, operation)
    if not feature.on("clients") or not own or (not free and len(own) == 1):
        del form.fields["client"]
    elif access.may(actor, "client_see"):
        chosen(form, "client", [("", nobody), *own] if free else own)
    field.widget.attrs.setdefault("class", "form-select")


def platform_first(actor: Actor, title: str) -> First:
    """What to do where no platform can be chosen."""
    if access.may(actor, "platform_add"):
        text = "A platform is a Drupal codebase. Add one, and come back here once it is verified."
        return First(title, text, reverse("add"), "Add a platform")
    return First(title, "Ask an administrator to add one, or to open one for you.")


def words(text: str) -> list[str]:
    """Names as people list them: by lines, spaces or commas."""
    return [word for word in re.split(r"[\s,;]+", text) if word]


def platforms(actor: Actor, operation: str = "site_migrate") -> list[Platform]:
    """Those that ``actor`` may put sites on by that operation, by name."""
    return list(access.open_platforms(actor, operation).order_by("name"))


def platform_choices(actor: Actor, operation: str, but: Site | None = None) -> list[tuple[Any, str]]:
    """The same to choose from, without the one that the site ``but`` is on."""
    rows = platforms(actor, operation)
    return [
        (row.name, f"{row.name} (Drupal {row.version})")
        for row in rows
        if not but or row.pk != but.platform_id
    ]


def client_choices(actor: Actor) -> list[tuple[Any, str]]:
    """The clients that ``actor`` may see, to choose from."""
    rows: list[Client] = list(access.clients(actor).order_by("title"))
    return [(row.name, f"{row.title} ({row.name})" if row.title != row.name else row.name) for row in rows]


def kept_words(pair: Pair) -> str:
    """What a kept pair is, in a line."""
    since = localtime(pair.since).strftime("%Y-%m-%d %H:%M") if pair.since else ""
    return f"{pair.domain} on {pair.platform.name}, as it was until {since}"


def backup_words(row: Backup) -> str:
    """What a backup is, in a line."""
    made = localtime(row.created_at).strftime("%Y-%m-%d %H:%M")
    return " · ".join(filter(None, [f"{made}, number {row.pk}", f"{row.size / 1e6:.1f} MB", row.description]))
