"""All backups, of deleted sites too: fetch, go back, delete."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from aegir import access
from aegir.access import Actor, download, heard
from aegir.engine import recipe
from aegir.errors import AegirError, Refused
from aegir.models import Backup, Site
from aegir.pages import listing
from aegir.pages.door import changed, shown
from aegir.pages.listing import Column, Filter

COLUMNS = (
    Column("Site", ("domain", "-pk")),
    Column("Made", ("created_at",)),
    Column("Size", ("size",)),
    Column("Why", ("reason", "-pk"), wide=True),
    Column("Platform", ("platform__name", "-pk"), wide=True),
    Column(""),
)
REASONS = ("site_backup", "site_migrate", "site_restore", "site_delete", "site_update", "site_rename",
           "site_sync", "site_reinstall", "site_undo", "site_deploy")  # fmt: skip
AGES = {"7": "older than a week", "30": "older than a month", "90": "older than three months",
        "365": "older than a year"}  # fmt: skip
OF = {
    "live": ("sites that live", ~Q(site__state="deleted")),
    "deleted": ("deleted sites", Q(site__state="deleted")),
}
BULK = (("backup_delete", "Delete"),)


@shown
def backups(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All backups, searched, filtered and sorted as the address says, with the sum of their sizes."""
    access.require(actor, "backup_see")
    filters = (
        Filter("of", "Of", lambda value: OF[value][1], [(key, words) for key, (words, _) in OF.items()]),
        Filter("reason", "Why", "reason", [(name, _reason(name)) for name in REASONS]),
        Filter("age", "Age", _older, list(AGES.items())),
    )
    rows = access.backups(actor)
    newest = rows if request.GET.keys() - {"page"} else access.newest_backups(actor)
    found = listing.shown(
        request,
        newest.select_related("site", "platform").defer("manifest"),
        COLUMNS,
        search=("domain", "site__domain", "description"),
        searchable="Site or description",
        filters=filters,
        default="-made",
        parts=[rows],
    )
    context = {
        "nav": "backups",
        "live": "backups",
        "listing": found,
        "total": _total(found.page.paginator.object_list),
        "bulk": BULK if access.may(actor, "backup_delete") else (),
        "bulk_url": reverse("backups_delete"),
        **_may(actor),
    }
    return render(request, "backups/list.html", context)


@shown
def fetch(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """To an address that gives away the archive to this reader, for some minutes."""
    return redirect("download", token=download.sign(actor, access.backup(actor, number)))


@changed
def delete(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Ask whether the chosen backups shall go; they go once their number was typed."""
    access.require(actor, "backup_delete")
    chosen = request.POST.getlist("row")[: listing.ROWS]
    numbers = [int(each) for each in chosen if each.isascii() and each.isdigit() and len(each) < 19]
    rows = list(access.backups(actor).filter(pk__in=numbers).order_by("-pk"))
    if not rows:
        raise Refused("Choose the backups that shall be deleted.")
    typed = request.POST.get("count")
    if typed is None or typed.strip() != str(len(rows)):
        if typed is None:
            heard.nothing()
        else:
            heard.refused("The number of backups was not typed.")
        context = {
            "nav": "backups",
            "backups": rows,
            "size": sum(row.size for row in rows),
            "wrong": typed is not None,
        }
        return render(request, "backups/delete.html", context, status=200 if typed is None else 422)
    _ask_each(request, actor, rows)
    return redirect("backups")


def _ask_each(request: HttpRequest, actor: Actor, rows: list[Backup]) -> None:
    """What is refused is told, the rest goes on."""
    asked = 0
    for row in rows:
        try:
            access.ask(actor, "backup_delete", backup=row.pk)
            asked += 1
        except AegirError as refusal:
            messages.warning(request, str(refusal))
    if asked:
        messages.success(request, f"{asked} backup{'s are' if asked > 1 else ' is'} being deleted.")


def _may(actor: Actor) -> dict[str, Any]:
    """What may be done to the backups that are shown: who may do it at all, may do it to those he sees, or is
    refused where it is done."""
    return {
        "may_fetch": access.may(actor, "backup_download"),
        "may_restore": access.may(actor, "site_restore"),
        "may_deploy": access.may(actor, "site_deploy"),
        "deleted": Site.State.DELETED,
    }


def _total(rows: Any) -> int:
    assert isinstance(rows, QuerySet)
    return rows.order_by().aggregate(total=Sum("size"))["total"] or 0


def _older(days: str) -> Q:
    return Q(created_at__lt=timezone.now() - timedelta(days=int(days)))


def _reason(name: str) -> str:
    try:
        return recipe.load(name).title.lower()
    except Refused:
        return name
