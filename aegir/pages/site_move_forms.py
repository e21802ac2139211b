"""The forms of what takes a site, or its content, elsewhere or back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from aegir import access
from aegir.access import Actor, NotFound
from aegir.models import Site, possible
from aegir.operations import site_undo
from aegir.pages.site_fields import (
    Suggested,
    backup_words,
    chosen,
    kept_words,
    platform_choices,
    whose,
    words,
)
from aegir.pages.site_forms import SiteForm

MOST = 200
"""How many names are suggested at most."""


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


class Undo(SiteForm):
    pair = forms.TypedChoiceField(coerce=int, label="Go back to", empty_value=None, required=False)

    def __init__(self, actor: Actor, site: Site, **kwargs: Any) -> None:
        super().__init__(actor, site, **kwargs)
        kept = list(access.kept_pairs(actor, site).select_related("platform"))
        chosen(self, "pair", [(row.pk, kept_words(row)) for row in kept])
        if kept:
            self.initial.setdefault("pair", site_undo.kept(site).pk)
