"""The names of one site: its domain, its aliases, and where they lead."""

from __future__ import annotations

from typing import Any

from django import forms

from aegir.access import Actor
from aegir.models import Site
from aegir.pages.site_fields import chosen
from aegir.pages.site_forms import SiteForm


class Add(SiteForm):
    name = forms.CharField(
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "none"}),
        help_text="Such as www.example.org, or *.example.org for every name below it.",
    )
    redirect = forms.BooleanField(
        label="It leads to the name that visitors shall see",
        required=False,
        help_text="Otherwise it serves the site under this name too.",
    )

    needed = ("name",)

    def clean_name(self) -> str:
        return str(self.cleaned_data["name"]).strip()


class Remove(SiteForm):
    name = forms.ChoiceField()

    def __init__(self, actor: Actor, site: Site, **kwargs: Any) -> None:
        super().__init__(actor, site, **kwargs)
        chosen(self, "name", [(name, name) for name in aliases(site)])


class Redirect(SiteForm):
    name = forms.ChoiceField(required=False, label="Which name")
    to = forms.ChoiceField(label="Leads to")

    def __init__(self, actor: Actor, site: Site, **kwargs: Any) -> None:
        super().__init__(actor, site, **kwargs)
        further = aliases(site)
        chosen(self, "name", [("", "all names"), *((name, name) for name in further)])
        exact = [name for name in [site.domain, *further] if not name.startswith("*.")]
        serve = ("off", "nowhere: it serves the site itself")
        chosen(self, "to", [*((name, name) for name in exact), serve])
        self.initial.setdefault("to", site.canonical or site.domain)


def aliases(site: Site) -> list[str]:
    """The further names that it answers to."""
    return list(site.names.filter(main=False, reserved=False).order_by("name").values_list("name", flat=True))
