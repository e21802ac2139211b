"""What is done to many sites at once; what is refused is told, the rest goes on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from aegir import access
from aegir.access import Actor, heard
from aegir.errors import Refused
from aegir.models import Backup, Platform, Site, comparison, default, possible
from aegir.pages import bulk as bulks
from aegir.pages.door import changed, signed_in
from aegir.pages.forms import Form, answer
from aegir.pages.site_fields import platforms

ACTIONS = {
    "site_verify": "Verify",
    "site_backup": "Back up",
    "site_flush": "Empty caches",
    "site_cron": "Run cron",
    "site_migrate": "Migrate …",
    "site_disable": "Disable",
    "site_enable": "Enable",
    "site_delete": "Delete …",
}
PAGES = {"site_migrate": "sites_migrate", "site_delete": "sites_delete"}
"""Those that need to know more have a page of their own."""


@dataclass(frozen=True)
class Line:
    """One of the chosen sites."""

    site: Site
    reason: str
    """Why it is left out; "" when it is not."""
    remark: str = ""


class Counted(Form):
    """What destroys many things asks how many."""

    count = forms.CharField(
        required=False, widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    )

    def __init__(self, actor: Actor, number: int, what: str, **kwargs: Any) -> None:
        super().__init__(actor, **kwargs)
        self.number, self.what = number, what
        self.fields["count"].label = f"Type {number}, the number of {what} that go, to confirm"

    def clean_count(self) -> int:
        if self.cleaned_data["count"].strip() != str(self.number):
            raise ValidationError(f"Nothing was deleted: type {self.number} to confirm.")
        return self.number


class Onto(Form):
    """The platform was chosen above."""

    platform = forms.CharField(required=False, widget=forms.HiddenInput)


@changed
def bulk(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The chosen thing, to each of the chosen sites; or the page that asks what more must be known."""
    operation, rows = bulks.wanted(request, ACTIONS, "sites")
    access.require(actor, operation)
    if operation in PAGES:
        heard.nothing()
        return redirect(f"{reverse(PAGES[operation])}?{urlencode([('row', row) for row in rows])}")
    _ask_each(request, actor, operation, rows)
    return redirect("sites")


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def migrate(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Many sites onto one platform: who fits is moved, who does not is left where it is."""
    access.require(actor, "site_migrate")
    rows = _rows(request, actor)
    wanted = (request.POST if request.method == "POST" else request.GET).get("platform", "")
    target = access.open_platforms(actor).filter(name=wanted).first()
    homes = platforms(actor)
    lines = [_fitting(actor, site, target, homes) for site in rows] if target else []
    going = [line.site.domain for line in lines if not line.reason]
    context = {
        **_around("Migrate sites", "Migrate", request),
        "sites": rows,
        "platforms": homes if _elsewhere(homes, rows) else [],
        "may_add": access.may(actor, "platform_add"),
        "chosen": target,
        "lines": lines,
        "going": going,
    }

    def act(form: Form) -> HttpResponse:
        if target is None:
            raise Refused("Choose a platform that takes sites.", field="platform")
        if not going:
            raise Refused(f"None of these sites can go to {target.name}.")
        _ask_each(request, actor, "site_migrate", going, platform=target.name)
        return redirect("tasks")

    return answer(
        request, partial(Onto, actor), act, "sites/bulk_migrate.html", context, initial={"platform": wanted}
    )


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def delete(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Many sites, for good, once their number was typed."""
    access.require(actor, "site_delete")
    lines = [Line(site, _reason(actor, site, "site_delete", [])) for site in _rows(request, actor)]
    going = [line.site.domain for line in lines if not line.reason]
    context = {
        **_around("Delete sites", "Delete", request),
        "red": True,
        "lines": lines,
        "going": going,
        "backup": default.value("backup_before_delete"),
    }

    def act(form: Form) -> HttpResponse:
        if not going:
            raise Refused("None of these sites can be deleted now.")
        _ask_each(request, actor, "site_delete", going)
        return redirect("tasks")

    make = partial(Counted, actor, len(going), "sites")
    return answer(request, make, act, "sites/bulk_delete.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def delete_backups(request: HttpRequest, actor: Actor, domain: str) -> HttpResponse:
    """Backups of one site, for good, once their number was typed."""
    site = access.site(actor, domain)
    access.require(actor, "backup_delete")
    numbers = [bulks.number(row) for row in bulks.chosen(request)]
    found = list(access.backups(actor).filter(site=site, pk__in=numbers).order_by("-pk").defer("manifest"))
    for backup in found:
        access.require(actor, "backup_delete", backup)
    if not found:
        raise Refused("Choose backups first, by the boxes in front of them.")
    context = {
        **_around(f"Delete backups of {site.domain}", "Delete", request),
        "crumb": site.domain,
        "back": reverse("site_backups", args=[site.domain]),
        "red": True,
        "backups": found,
    }
    make = partial(Counted, actor, len(found), "backups")
    if request.method == "POST" and "count" not in request.POST:  # it comes from the list
        heard.nothing()
        return render(request, "sites/delete_backups.html", {**context, "form": make()})
    return answer(
        request,
        make,
        lambda form: _delete_each(request, actor, site, found),
        "sites/delete_backups.html",
        context,
    )


def _delete_each(request: HttpRequest, actor: Actor, site: Site, found: list[Backup]) -> HttpResponse:
    def act(backup: Backup) -> None:
        access.ask(actor, "backup_delete", backup=backup.pk)

    asked = bulks.to_each(request, "backup_delete", found, act)
    if asked:
        messages.success(request, f"Deletion of {asked} backup{'s' * (asked != 1)} was asked for.")
    return redirect("site_backups", domain=site.domain)


def _ask_each(
    request: HttpRequest, actor: Actor, operation: str, rows: Iterable[str], **arguments: Any
) -> None:
    def act(domain: str) -> None:
        access.ask(actor, operation, domain=domain, **arguments)

    asked = bulks.to_each(request, operation, rows, act)
    if asked:
        what = ACTIONS[operation].removesuffix(" …")
        messages.success(request, f"{what}: asked for {asked} site{'s' * (asked != 1)}.")


def _rows(request: HttpRequest, actor: Actor) -> list[Site]:
    """The chosen sites; Refused when there is none to see."""
    wanted = access.sites(actor).filter(domain__in=bulks.chosen(request))
    rows = list(wanted.select_related("platform__server", "database").order_by("domain"))
    if not rows:
        raise Refused("Choose sites first, by the boxes in front of them.")
    return rows


def _reason(actor: Actor, site: Site, operation: str, homes: list[Platform]) -> str:
    if not access.may(actor, operation, site):
        return "You may not do this to it."
    return possible.reasons(site, homes)[operation]


def _elsewhere(homes: list[Platform], rows: list[Site]) -> bool:
    """Whether any of the sites could be somewhere else."""
    return any(home.pk != row.platform_id for home in homes for row in rows)


def _fitting(actor: Actor, site: Site, target: Platform, homes: list[Platform]) -> Line:
    if site.platform_id == target.pk:
        return Line(site, "It is there already.")
    reason = _reason(actor, site, "site_migrate", homes)
    if reason:
        return Line(site, reason)
    found = comparison.compare(site, target)
    if found.errors:
        more = len(found.errors) - 1
        return Line(site, found.errors[0].sentence + (f" And {more} more." if more else ""))
    count = len(found.warnings)
    return Line(site, "", f"{count} warning{'s' * (count != 1)}" if count else "")


def _around(title: str, button: str, request: HttpRequest) -> Mapping[str, Any]:
    return {
        "nav": "sites",
        "title": title,
        "button": button,
        "crumb": "Sites",
        "back": reverse("sites"),
        "rows": bulks.chosen(request),
    }
