"""Pages about platforms."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from aegir import access
from aegir.access import Actor
from aegir.errors import Refused
from aegir.pages import tasks
from aegir.pages.door import ask, changed, part, shown, signed_in

RECENT = 10


@shown
def platforms(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All platforms."""
    query = access.platforms(actor).counted().order_by("name")
    return render(request, "platforms.html", {"page": part(request, query)})


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The form for a new platform."""
    access.require(actor, "platform_add")
    if request.method != "POST":
        return render(request, "add.html", {"given": {}})
    given = {name: request.POST.get(name, "").strip() for name in ("name", "path")}
    try:
        return ask(actor, "platform_add", **given)
    except Refused as error:
        return render(request, "add.html", {"given": given, "error": error}, status=422)


@shown
def platform(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """One platform: what its codebase holds, and who lives on it."""
    row = access.platform(actor, name)
    history = access.tasks(actor).filter(subject_kind="platform", subject_id=row.pk).order_by("-id")[:RECENT]
    context = {
        "platform": row,
        "page": part(request, access.sites(actor).filter(platform=row).order_by("domain")),
        "packages": access.packages(actor).filter(platform=row, hidden=False).order_by("kind", "name"),
        **tasks.live(history),
    }
    return render(request, "platform.html", context)


@changed
def verify(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The button."""
    return ask(actor, "platform_verify", name=name)


@changed
def delete(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """The button, once the name was typed beside it."""
    if request.POST.get("name", "").strip() != name:
        raise Refused(f"Nothing was deleted: type {name} to confirm that this platform shall go.")
    return ask(actor, "platform_delete", name=name)
