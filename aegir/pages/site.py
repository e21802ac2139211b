"""One site's page, in sections: what it is and what can be done to it, names, backups, packages, tasks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from aegir import access
from aegir.access import Actor, NotFound
from aegir.access import download as addresses
from aegir.models import Package, Pair, Site, Task, default, feature, possible
from aegir.pages import advisory_concerns as concerns
from aegir.pages import listing, site_remedies, site_verbs
from aegir.pages.door import shown, signed_in
from aegir.pages.listing import Column, Filter
from aegir.pages.site_remedies import Remedy
from aegir.pages.site_verbs import GROUPS, Verb

RECENT = 5
SECTIONS = (
    ("site", "Overview", "site_see"),
    ("site_aliases", "Aliases", "site_see"),
    ("site_backups", "Backups", "backup_see"),
    ("site_packages", "Packages", "package_see"),
    ("site_history", "History", "task_see"),
)
PACKAGES = (
    Column("Name", ("name",)),
    Column("Kind", ("kind", "name")),
    Column("Version", ("version", "name")),
    Column("In use", ("-enabled", "name")),
    Column("Update", ("schema_installed", "name"), wide=True),
)
BACKUPS = (
    Column("Made", ("created_at",)),
    Column("Why", ("reason", "-created_at")),
    Column("Size", ("size",)),
    Column("Platform", ("platform__name",), wide=True),
    Column(""),
)
HISTORY = (
    Column("Task", ("operation", "-id")),
    Column("State", ("state", "-id")),
    Column("Asked", ("id",)),
    Column("Took", wide=True),
    Column("By", ("asked_by", "-id"), wide=True),
)


@dataclass(frozen=True)
class Offer:
    """One thing that can be done, as the page shows it."""

    name: str
    verb: Verb
    reason: str
    """Why not now; "" when it is possible."""
    remedy: Remedy | None


@dataclass(frozen=True)
class Kept:
    """A kept pair, and what was found to have been written since."""

    pair: Pair
    changes: list[dict[str, Any]] | None
    """None as long as nobody looked."""
    looked: Task | None
    may_retire: bool


@shown
def site(request: HttpRequest, actor: Actor, domain: str) -> HttpResponse:
    """What the site is, what it could go back to, and what can be done to it."""
    row = access.site(actor, domain)
    groups = offers(actor, row)
    reasons = {offer.reason for _, group in groups for offer in group if offer.reason}
    context = {
        **around(actor, row, "site"),
        "groups": groups,
        **concerns.of(actor, row),
        "everywhere": reasons.pop() if len(reasons) == 1 and row.state in ("queued", "failed") else "",
        "kept": kept_of(actor, row),
        "names": row.names.filter(reserved=False).order_by("-main", "name"),
        "cron_minutes": default.value("cron_minutes") if row.cron_minutes is None else row.cron_minutes,
        "cron_on": feature.on("cron"),
        "clients_on": access.may(actor, "client_see"),
        "recent": _tasks(actor, row).order_by("-id")[:RECENT],
        "may_set_cron": access.may(actor, "cron_set", row),
    }
    return render(request, "sites/site.html", context)


@shown
def aliases(request: HttpRequest, actor: Actor, domain: str) -> HttpResponse:
    """Every name that it answers to, and where they lead."""
    row = access.site(actor, domain)
    context = {
        **around(actor, row, "site_aliases"),
        "names": row.names.order_by("-main", "name"),
        "canonical": row.canonical or row.domain,
        "verbs": site_verbs.of(actor, row),
        "reason": site_verbs.reasons(actor, row)["site_alias_add"],
    }
    return render(request, "sites/aliases.html", context)


@shown
def backups(request: HttpRequest, actor: Actor, domain: str) -> HttpResponse:
    """Its backups."""
    row = access.site(actor, domain)
    access.require(actor, "backup_see", row)
    rows = access.backups(actor).filter(site=row).select_related("platform").defer("manifest")
    found = listing.shown(
        request, rows, BACKUPS, search=("description", "reason"), searchable="Description", default="-made"
    )
    may_delete = access.may(actor, "backup_delete", row.backups.first())
    context = {
        **around(actor, row, "site_backups"),
        "listing": found,
        "verbs": site_verbs.of(actor, row),
        "bulk": [("delete", "Delete")] if may_delete else [],
        "bulk_url": reverse("site_backups_delete", args=[row.domain]),
        "may_download": access.may(actor, "backup_download", row.backups.first()),
    }
    return render(request, "sites/backups.html", context)


@shown
def packages(request: HttpRequest, actor: Actor, domain: str) -> HttpResponse:
    """Its modules, themes and profiles, as it was last looked at."""
    row = access.site(actor, domain)
    access.require(actor, "package_see", row)
    rows = Package.objects.filter(site=row)
    kinds = rows.order_by("kind").values_list("kind", flat=True).distinct()
    filters = (
        Filter("kind", "Kind", "kind", [(kind, kind.replace("_", " ")) for kind in kinds]),
        Filter("used", "In use", "enabled", [("True", "in use"), ("False", "not in use")]),
    )
    found = listing.shown(
        request, rows, PACKAGES, search=("name", "title", "version"), searchable="Name, title or version",
        filters=filters, default="in-use",
    )  # fmt: skip
    may = {"may_compare": access.may(actor, "site_compare", row)}
    return render(
        request, "sites/packages.html", {**around(actor, row, "site_packages"), "listing": found} | may
    )


@shown
def history(request: HttpRequest, actor: Actor, domain: str) -> HttpResponse:
    """Everything that was done to it."""
    row = access.site(actor, domain)
    access.require(actor, "task_see")
    filters = (Filter("state", "State", "state", listing.choices(Task, "state")),)
    found = listing.shown(request, _tasks(actor, row), HISTORY, filters=filters, default="-asked")
    return render(request, "sites/history.html", {**around(actor, row, "site_history"), "listing": found})


@require_GET
@signed_in
def enter(request: HttpRequest, actor: Actor, domain: str) -> HttpResponse:
    """Follow the site's one-time login link, which is used up by that; without one, just go to the site."""
    row = access.site(actor, domain)
    access.require(actor, "site_login", row)
    if request.headers.get("Sec-Fetch-Site") == "cross-site":
        return redirect("site", domain=domain)  # somebody else's page must not use it up
    answer = HttpResponseRedirect(row.take_login_link() or row.address)
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@require_GET
@signed_in
def download(request: HttpRequest, actor: Actor, domain: str, number: int) -> HttpResponse:
    """To the address where a backup can be fetched for some minutes."""
    site, backup = access.site(actor, domain), access.backup(actor, number)
    if backup.site_id != site.pk:
        raise NotFound(f"There is no backup {number} of {site.domain}.")
    return redirect("download", token=addresses.sign(actor, backup))


def around(actor: Actor, row: Site, section: str) -> dict[str, Any]:
    """What every section shows: the site's state, what runs, how to get in, and the other sections."""
    may_enter = access.may(actor, "site_login", row)
    counts = Site.objects.filter(pk=row.pk).aggregate(
        site_aliases=Count("names", filter=Q(names__main=False), distinct=True),
        site_backups=Count("backups", filter=~Q(backups__state="deleted"), distinct=True),
    )
    return {
        "nav": "sites",
        "live": f"site:{row.pk}",
        "site": row,
        "seen": possible.stamp(row),
        "section": section,
        "sections": [
            (name, title, counts.get(name)) for name, title, action in SECTIONS if access.may(actor, action)
        ],
        "running": _tasks(actor, row).exclude(state__in=Task.OVER).order_by("id"),
        "stuck": _tasks(actor, row).filter(state=Task.State.STUCK, keys__held=True).distinct().order_by("id"),
        "may_enter": may_enter,
        "enterable": may_enter and row.login_link() is not None,
    }


def offers(actor: Actor, row: Site) -> list[tuple[str, list[Offer]]]:
    """What ``actor`` may do to the site, in groups. Of disable and enable only the one that makes sense."""
    reasons = site_verbs.reasons(actor, row)
    useless = "enable" if row.state == Site.State.ENABLED else "disable"
    found = [
        (verb.group, _offer(actor, row, name, verb, reasons[verb.operation]))
        for name, verb in site_verbs.of(actor, row).items()
        if name != useless
    ]
    groups = [(title, [offer for group, offer in found if group == title]) for title in GROUPS]
    return [(title, group) for title, group in groups if group]


def _offer(actor: Actor, row: Site, name: str, verb: Verb, reason: str) -> Offer:
    return Offer(name, verb, reason, site_remedies.of(actor, row, verb.operation, reason) if reason else None)


def kept_of(actor: Actor, row: Site) -> list[Kept]:
    """What the site could go back to, newest first, and what was written since as far as somebody looked."""
    pairs = list(access.kept_pairs(actor, row).select_related("platform"))
    looks = (
        _tasks(actor, row).filter(operation="site_changes").exclude(result={}).order_by("-id")[:20]
        if pairs
        else []
    )
    by_pair = {task.arguments.get("pair"): task for task in reversed(looks)}
    retire = access.may(actor, "pair_retire", row)
    return [
        Kept(pair, task.result.get("changes", []) if task else None, task, retire)
        for pair in pairs
        for task in [by_pair.get(pair.pk)]
    ]


def _tasks(actor: Actor, row: Site) -> Any:
    return access.tasks(actor).filter(subject_kind="site", subject_id=row.pk)
