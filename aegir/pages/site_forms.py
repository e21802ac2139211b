"""The forms of what can be done to one site. Which of them belongs to what, and how it is explained, says
``site_verbs``; the operation's own door is the judge of what they hold."""

from __future__ import annotations

import shlex
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from aegir.access import Actor
from aegir.models import Site, default, possible
from aegir.pages.forms import Form, following
from aegir.pages.site_fields import (
    Understood,
    chosen,
    client_choices,
)

CARRIED = ("seen", "sure", "understood")
"""Fields that are about the form itself, not for the operation."""


class SiteForm(Form):
    """Base of them all: it carries what the page had seen of the site, and notices when that is old."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    needed: tuple[str, ...] = ()
    """What the operation cannot do without."""

    def __init__(self, actor: Actor, site: Site, **kwargs: Any) -> None:
        self.site = site
        given = kwargs.pop("initial", None) or {}
        super().__init__(actor, initial={**given, "seen": possible.stamp(site)}, **kwargs)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        now = possible.stamp(self.site)
        if cleaned.get("seen") not in ("", None, now):
            self.data = {**dict(self.data.items()), "seen": now}
            raise ValidationError(
                f"Nothing was done: {self.site.domain} has changed since this page was opened. It is now "
                f"{self.site.get_state_display()}, on {self.site.platform.name}. Look again, then press the "
                "button once more."
            )
        return cleaned

    def arguments(self) -> dict[str, Any]:
        """What is left empty is left to the operation's defaults, or to its sentence where it needs it."""
        said = {name: value for name, value in super().arguments().items() if name not in CARRIED}
        return {
            name: "" if value is None else value
            for name, value in said.items()
            if value is not None or name in self.needed
        }


class Sure(SiteForm):
    """What destroys something asks for the name."""

    sure = forms.CharField(
        required=False,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )

    def __init__(self, actor: Actor, site: Site, **kwargs: Any) -> None:
        super().__init__(actor, site, **kwargs)
        self.fields["sure"].label = f"Type {site.domain} to confirm"

    def clean_sure(self) -> str:
        if self.cleaned_data["sure"].strip() != self.site.domain:
            raise ValidationError(f"Nothing was changed: type {self.site.domain} to confirm.")
        return self.site.domain


class Delete(Sure):
    backup = forms.BooleanField(
        label="Make a final backup", required=False, help_text="The site can be made anew from it."
    )
    field_order = ("backup", "sure")

    def __init__(self, actor: Actor, site: Site, **kwargs: Any) -> None:
        super().__init__(actor, site, **kwargs)
        self.fields["backup"].initial = bool(default.value("backup_before_delete"))
        if site.state == Site.State.FAILED:
            del self.fields["backup"]  # what failed to be installed never was anything


class Backup(SiteForm):
    description = forms.CharField(
        required=False, help_text="Why it is made, for whoever looks for it later, such as «before the fair»."
    )
    compression = forms.ChoiceField(
        choices=[("zst", "zstd: quicker and smaller"), ("gz", "gzip: opens everywhere")], initial="zst"
    )
    more = ("compression",)


class Interval(SiteForm):
    minutes = forms.IntegerField(
        label="Minutes between two runs", required=False, min_value=0, max_value=10080
    )

    def __init__(self, actor: Actor, site: Site, **kwargs: Any) -> None:
        super().__init__(actor, site, **kwargs)
        usual = default.value("cron_minutes")
        self.fields["minutes"].initial = site.cron_minutes
        self.fields["minutes"].help_text = f"0 for never; empty for the usual {usual} minutes."


class Drush(SiteForm):
    arguments_ = forms.CharField(
        label="Command",
        required=False,
        help_text="As it would be typed after «drush», such as: config:get system.site name",
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
        ),
    )
    understood = following(forms.Field(required=False, disabled=True, label="Understood as"))

    def __init__(self, actor: Actor, site: Site, **kwargs: Any) -> None:
        super().__init__(actor, site, **kwargs)
        self.fields["arguments"] = self.fields.pop("arguments_")
        self.fields["arguments"].widget.attrs["aria-describedby"] = "help-arguments said-arguments"
        self.order_fields(["arguments", "understood"])
        self.fields["understood"].widget = Understood()
        typed = str(self.data.get("arguments", "")) if self.is_bound else ""
        self.initial["understood"] = ["drush", *_split(typed)]

    def clean_arguments(self) -> list[str]:
        try:
            return shlex.split(self.cleaned_data["arguments"])
        except ValueError as problem:
            raise ValidationError("A quotation mark has no partner: add it, or take it away.") from problem

    def arguments(self) -> dict[str, Any]:
        return {"arguments": self.cleaned_data["arguments"]}


class Give(SiteForm):
    client = forms.ChoiceField(required=False, label="Client")

    def __init__(self, actor: Actor, site: Site, **kwargs: Any) -> None:
        super().__init__(actor, site, **kwargs)
        chosen(self, "client", [("", "Nobody: the house's own"), *client_choices(actor)])
        self.initial.setdefault("client", site.client.name if site.client else "")


def _split(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return []
