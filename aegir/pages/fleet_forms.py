"""The form that asks for a move of all sites of a platform."""

from __future__ import annotations

from typing import Any

from django import forms

from aegir import access
from aegir.access import Actor
from aegir.models import Platform, feature
from aegir.models.possible import could_hold
from aegir.operations import fleets
from aegir.pages.forms import Form
from aegir.pages.site_fields import platform_first


def _number(name: str, label: str, help_text: str, initial: int) -> forms.IntegerField:
    least, most = fleets.LIMITS[name]
    return forms.IntegerField(
        label=label, help_text=help_text, initial=initial, min_value=least, max_value=most
    )


class FleetForm(Form):
    """Where to, and how carefully."""

    target = forms.ChoiceField(
        label="To",
        help_text="Every site is compared with it first; what cannot run there is named and stays.",
    )
    rehearse = _number(
        "rehearse",
        "Rehearse",
        "So many sites are tried on throw-away copies before any is moved; 0 for none.",
        1,
    )
    canary = _number(
        "canary", "Move first", "So many sites are moved before all others. If one fails, it stops.", 1
    )
    wave = _number("wave", "Sites in a wave", "The next wave begins when the one before is over.", 10)
    width = _number(
        "width", "At once", "So many sites are worked on at the same time on each database server.", 2
    )
    failures = _number("failures", "Stop at", "When more per cent of a wave than this fail, it stops.", 20)
    more = ("wave", "width", "failures")

    def __init__(self, actor: Actor, source: Platform, *args: Any, **kwargs: Any) -> None:
        super().__init__(actor, *args, **kwargs)
        others = access.open_platforms(actor).exclude(pk=source.pk).order_by("name")
        fit = [row for row in others if could_hold(row, source.major)]
        field = self.fields["target"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(row.name, f"{row.name} (Drupal {row.version or row.major})") for row in fit]
        if not fit:
            self.first = platform_first(
                actor, f"No other open platform could hold sites of Drupal {source.major}"
            )
        if not feature.on("rehearsals"):
            del self.fields["rehearse"]

    def arguments(self) -> dict[str, Any]:
        return {"rehearse": 0, **super().arguments()}
