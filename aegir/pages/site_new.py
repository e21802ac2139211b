"""The forms for new sites: installed on a platform, or made of a backup."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import get_language_info
from django.views.decorators.http import require_http_methods

from aegir import access
from aegir.access import Actor
from aegir.models import Backup, Platform, Service, default
from aegir.models.versions import order
from aegir.pages.door import signed_in
from aegir.pages.forms import First, Form, following, of_operation
from aegir.pages.site_fields import chosen, platform_first, platforms, whose, words

NEWEST = 100
"""How many backups are offered."""
NO_BACKUP = First("No backup yet", "A site's page makes one: choose «Back up» there.")
DATABASES = {"mysql": "MySQL or MariaDB", "sqlite": "SQLite"}


class New(Form):
    """Base of both: a domain, and where the site shall live."""

    operation = "site_install"

    domain = forms.CharField(
        required=False,
        widget=forms.TextInput(
            attrs={"autocapitalize": "none", "autocomplete": "off", "spellcheck": "false"}
        ),
        help_text="Such as example.org. It must lead to this server before visitors can find the site.",
    )
    platform = forms.ChoiceField()
    client = forms.ChoiceField(required=False, help_text="Whose the site shall be.")
    db = forms.ChoiceField(label="Database", required=False)
    email = forms.CharField(
        label="E-mail", required=False, help_text="Of the site's first account, which you will sign in as."
    )

    def __init__(self, actor: Actor, **kwargs: Any) -> None:
        super().__init__(actor, **kwargs)
        self.homes = [row for row in platforms(actor, self.operation) if self._offers(row)]
        self.initial.setdefault("platform", self._likely())
        chosen(self, "platform", [(row.name, f"{row.name} (Drupal {row.version})") for row in self.homes])
        chosen(self, "db", [("", self._usual()), *_databases()])
        whose(self, self.operation, "Nobody's: the house's own")
        if not self.homes:
            self.first = platform_first(actor, "No open platform has that profile")

    def _offers(self, row: Platform) -> bool:
        """Whether the platform has the profile that the address names: others are not to choose from then."""
        wanted = str(self.initial.get("profile", ""))
        return not wanted or wanted in row.profiles

    def _usual(self) -> str:
        return "As usual"

    def _likely(self) -> str:
        """The platform that is meant until somebody says another: the newest."""
        return max(self.homes, key=lambda row: order(row.version)).name if self.homes else ""

    @property
    def home(self) -> Platform | None:
        """The platform that is chosen as the form stands."""
        named = self.data.get("platform") if self.is_bound else self.initial.get("platform")
        return next((row for row in self.homes if row.name == named), self.homes[0] if self.homes else None)

    def clean_domain(self) -> str:
        return str(self.cleaned_data["domain"]).strip()

    def clean_email(self) -> str:
        return str(self.cleaned_data["email"]).strip()

    def arguments(self) -> dict[str, Any]:
        """What is left empty is left to the operation; but for the domain, which it has a sentence for."""
        said = {name: value for name, value in super().arguments().items() if value is not None}
        return {"domain": "", **said}


class Install(New):
    profile = following(
        forms.ChoiceField(
            required=False, help_text="What the site begins with. The platform says which there are."
        )
    )
    language = following(forms.ChoiceField(required=False))
    aliases = forms.CharField(
        label="Further names",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One in a line. The site answers to them too; they can be changed later.",
    )
    alias_www = forms.ChoiceField(label="www", required=False)
    field_order = (
        "domain",
        "platform",
        "profile",
        "language",
        "client",
        "aliases",
        "db",
        "email",
        "alias_www",
    )
    more = ("aliases", "db", "email", "alias_www")

    def __init__(self, actor: Actor, **kwargs: Any) -> None:
        super().__init__(actor, **kwargs)
        home = self.home
        chosen(self, "profile", [(name, name) for name in (home.profiles if home else [])])
        languages = home.languages if home else []
        chosen(
            self,
            "language",
            [(code, _language(code)) for code in sorted(languages, key=lambda code: code != "en")],
        )
        usual = {"none": "neither added nor taken away", "add": "added", "strip": "taken away"}
        chosen(self, "alias_www", [
            ("", f"As usual: {usual[default.value('alias_www')]}"),
            ("none", "Only the domain as it is typed"),
            ("add", "It also answers with www in front"),
            ("strip", "It also answers without its www"),
        ])  # fmt: skip

    def clean_aliases(self) -> list[str]:
        return words(self.cleaned_data["aliases"])


class Deploy(New):
    operation = "site_deploy"
    backup = forms.TypedChoiceField(coerce=str, required=False, label="Backup", empty_value=None)
    path = forms.CharField(
        label="Or an archive on this server",
        required=False,
        help_text="Its whole path: an archive of Aegir's, of an older Aegir's, or a dump of a database.",
    )
    files = forms.CharField(  # type: ignore[assignment]  # Django takes it out of the class
        label="Its files",
        required=False,
        help_text="Directory or archive of the site's files, where the archive is a mere dump.",
    )
    identify = forms.BooleanField(
        label="It becomes a site of its own",
        required=False,
        help_text="Tick this when the site that the backup came from goes on living beside it.",
    )
    field_order = ("backup", "domain", "platform", "identify", "client", "path", "files", "db", "email")
    more: tuple[str, ...] = ("path", "files", "db", "email")

    def __init__(self, actor: Actor, **kwargs: Any) -> None:
        super().__init__(actor, **kwargs)
        ready = access.backups(actor).filter(state=Backup.State.READY).order_by("-pk").defer("manifest")
        named = str(self.initial.get("backup") or self.data.get("backup") or "")
        rows = list(ready[:NEWEST])
        if named.isascii() and named.isdigit() and len(named) < 19:
            rows += [row for row in ready.filter(pk=int(named)) if row not in rows]
        chosen(self, "backup", [("", "Choose …"), *((str(row.pk), _line(row)) for row in rows)])
        if not access.may(actor, "site_deploy_path"):
            del self.fields["path"], self.fields["files"]
            self.more = ("db", "email")
            if not rows:
                self.first = NO_BACKUP

    def _usual(self) -> str:
        return "As the archive had it"

    def _likely(self) -> str:
        """That of the backup that the address names."""
        named = str(self.initial.get("backup", ""))
        if named.isascii() and named.isdigit() and len(named) < 19:
            came = (
                access.backups(self.actor)
                .filter(pk=int(named))
                .values_list("platform__name", flat=True)
                .first()
            )
            if came in [row.name for row in self.homes]:
                return str(came)
        return super()._likely()

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        given = [name for name in ("backup", "path") if cleaned.get(name)]
        if not given and "backup" not in self.errors:
            self.add_error("backup", "Choose the backup that the site shall be made of.")
        if len(given) == 2:
            self.add_error("path", "Choose a backup or name an archive, not both.")
        return cleaned

    def arguments(self) -> dict[str, Any]:
        said = super().arguments()
        backup, path = said.pop("backup", None), said.pop("path", None)
        return {**said, "archive": backup or path}

    def refuse(self, refusal: Any) -> None:
        if getattr(refusal, "field", None) == "archive":
            refusal.field = "path" if self.cleaned_data.get("path") else "backup"
        super().refuse(refusal)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def install(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The form for a new site."""
    context = {
        **_around(actor, "Install a site"),
        "button": "Install",
        "intro": "Aegir makes a database, installs Drupal and lets the web server serve it: mostly in less "
        "than a minute. If anything fails, nothing is left behind.",
    }
    return of_operation(
        request,
        actor,
        "site_install",
        partial(Install, actor),
        "sites/new.html",
        context,
        initial=_said(request),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def deploy(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The form for a new site out of a backup."""
    context = {
        **_around(actor, "Make a site of a backup"),
        "button": "Make the site",
        "intro": "Aegir unpacks the backup as a new site under the domain that you give, and runs the "
        "updates that the platform brings. If anything fails, nothing is left behind.",
    }
    return of_operation(
        request,
        actor,
        "site_deploy",
        partial(Deploy, actor),
        "sites/new.html",
        context,
        initial=_said(request),
    )


def _around(actor: Actor, title: str) -> Mapping[str, Any]:
    return {
        "nav": "sites",
        "title": title,
        "crumb": "Sites",
        "back": reverse("sites"),
        "open": access.open_platforms(actor).exists(),
        "may_add": access.may(actor, "platform_add"),
    }


def _said(request: HttpRequest) -> dict[str, str]:
    """What the address says already, as ``?platform=``."""
    return {
        name: request.GET[name]
        for name in ("platform", "profile", "backup", "domain")
        if request.GET.get(name)
    }


def _language(code: str) -> str:
    try:
        return f"{get_language_info(code)['name_local'].capitalize()} ({code})"
    except KeyError:
        return code


def _databases() -> list[tuple[Any, str]]:
    drivers = Service.objects.filter(family=Service.DATABASE).values_list("driver", flat=True).distinct()
    return [(name, DATABASES.get(name, name)) for name in sorted(set(drivers))]


def _line(row: Backup) -> str:
    about = f", {row.description}" if row.description else ""
    return f"{row.domain}, {row.created_at:%Y-%m-%d %H:%M}, number {row.pk}{about}"
