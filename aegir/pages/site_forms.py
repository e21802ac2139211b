"""The forms of what can be done to one site. Which of them belongs to what, and how it is explained, says
``site_verbs``; the operation's own door is the judge of what they hold."""

from __future__ import annotations

import shlex
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from aegir import access
from aegir.access import Actor, NotFound
from aegir.models import Site, default, possible
from aegir.operations import site_undo
from aegir.pages.forms import Form, following
from aegir.pages.site_fields import (
    Suggested,
    Understood,
    backup_words,
    chosen,
    client_choices,
    kept_words,
    platform_choices,
    whose,
    words,
)

MOST = 200
"""How many names are suggested at most."""
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


class Restore(SiteForm):
    backup = forms.TypedChoiceField(coerce=int, label="Backup", empty_value=None)
    platform = forms.ChoiceField(
        required=False,
        help_text="Choose another one where that of the backup is gone, or to try a newer one.",
    )
    more = ("platform",)

    def __init__(self, actor: Actor, site: Site, **kwargs: Any) -> None:
        super().__init__(actor, site, **kwargs)
        ready = access.backups(actor).filter(site=site, state="ready").order_by("-pk")
        chosen(self, "backup", [(row.pk, backup_words(row)) for row in ready.defer("manifest")])
        chosen(
            self,
            "platform",
            [("", "The one that the backup came from"), *platform_choices(actor, "site_restore")],
        )


class Rename(SiteForm):
    to = forms.CharField(
        label="New domain", required=False, widget=forms.TextInput(attrs={"autocapitalize": "none"})
    )
    keep = forms.ChoiceField(
        label="The old name",
        choices=[
            ("redirect", "leads visitors to the new one"),
            ("alias", "serves the site as well"),
            ("drop", "is given up"),
        ],
    )
    platform = forms.ChoiceField(required=False, help_text="The site can move at the same time.")
    more = ("platform",)
    needed = ("to",)

    def __init__(self, actor: Actor, site: Site, **kwargs: Any) -> None:
        super().__init__(actor, site, **kwargs)
        chosen(
            self,
            "platform",
            [("", f"It stays on {site.platform.name}"), *platform_choices(actor, "site_rename", site)],
        )


class Clone(SiteForm):
    to = forms.CharField(
        label="Domain of the copy",
        required=False,
        widget=forms.TextInput(attrs={"autocapitalize": "none"}),
        help_text="Such as test.example.org. It must lead to this server before visitors can find it.",
    )
    mail = forms.BooleanField(
        label="The copy may send mail",
        required=False,
        initial=True,
        help_text="Without, what it would send is collected, and nobody gets it.",
    )
    sanitize = forms.BooleanField(
        label="Replace people's addresses and passwords",
        required=False,
        help_text="For copies that developers work on: only the first account can sign in.",
    )
    platform = forms.ChoiceField(required=False)
    aliases = forms.CharField(
        label="Further names",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One in a line.",
    )
    client = forms.ChoiceField(required=False, help_text="Whose the copy shall be.")
    more = ("platform", "aliases", "client")
    needed = ("to",)

    def __init__(self, actor: Actor, site: Site, **kwargs: Any) -> None:
        super().__init__(actor, site, **kwargs)
        chosen(
            self,
            "platform",
            [("", f"As the original: {site.platform.name}"), *platform_choices(actor, "site_clone", site)],
        )
        whose(self, "site_clone", "As the original" if site.client_id else "Nobody's: the house's own")

    def clean_aliases(self) -> list[str]:
        return words(self.cleaned_data["aliases"])


class Sync(SiteForm):
    source = forms.CharField(
        label="Take the content of",
        required=False,
        help_text="A site of the same major version on the same database server.",
    )
    what = forms.ChoiceField(
        label="What",
        choices=[("all", "database and files"), ("database", "database alone"), ("files", "files alone")],
    )
    sanitize = forms.BooleanField(
        label="Replace people's addresses and passwords",
        required=False,
        help_text="For copies that developers work on: only the first account can sign in.",
    )

    def __init__(self, actor: Actor, site: Site, **kwargs: Any) -> None:
        super().__init__(actor, site, **kwargs)
        fitting = access.sites(actor).filter(
            state__in=possible.INSTALLED, platform__major=site.platform.major, database=site.database
        )
        names = fitting.exclude(pk=site.pk).order_by("domain").values_list("domain", flat=True)[:MOST]
        self.fields["source"].widget = Suggested(names)
        self.fields["source"].widget.attrs = {
            "class": "form-control",
            "aria-describedby": "help-source said-source",
        }

    def clean_source(self) -> str:
        wanted = str(self.cleaned_data["source"]).strip()
        if not wanted:
            raise ValidationError("Name the site whose content shall be taken over.")
        try:
            return access.site(self.actor, wanted).domain
        except NotFound as unknown:
            raise ValidationError(str(unknown)) from unknown


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


class Undo(SiteForm):
    pair = forms.TypedChoiceField(coerce=int, label="Go back to", empty_value=None, required=False)

    def __init__(self, actor: Actor, site: Site, **kwargs: Any) -> None:
        super().__init__(actor, site, **kwargs)
        kept = list(access.kept_pairs(actor, site).select_related("platform"))
        chosen(self, "pair", [(row.pk, kept_words(row)) for row in kept])
        if kept:
            self.initial.setdefault("pair", site_undo.kept(site).pk)


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
