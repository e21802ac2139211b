"""What programs ask to see whether Aegir is well: its health, and its metrics."""

from __future__ import annotations

import os

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST

from aegir import access
from aegir.access import Actor
from aegir.models import ApiToken, Worker, feature
from aegir.pages import metrics

ROOM = 100 * 1024 * 1024
"""Bytes that must be free where Aegir keeps its data."""


@never_cache
@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """That the panel answers, and nothing else."""
    return JsonResponse({"status": "ok"})


@never_cache
@require_safe
def health(request: HttpRequest) -> HttpResponse:
    """Whether everything is there that work needs; anybody may ask, so it says what fails and not why."""
    checks = {"database": True, "worker": False, "disk": _has_room()}
    try:
        checks["worker"] = Worker.alive().exists()
    except DatabaseError:
        checks["database"] = False
    well = all(checks.values())
    said = {name: "ok" if good else "failing" for name, good in checks.items()}
    answer = {"status": "ok" if well else "failing", "checks": said}
    return JsonResponse(answer, status=200 if well else 503)


@never_cache
@require_safe
def measure(request: HttpRequest) -> HttpResponse:
    """Metrics for whoever may see them: an administrator, a token of the scope «metrics», the socket."""
    if not feature.on("metrics"):
        return HttpResponse("There is nothing here.\n", content_type="text/plain", status=404)
    actor = _asker(request)
    if actor is None:
        refused = HttpResponse("Sign in, or send a token.\n", content_type="text/plain", status=401)
        refused["WWW-Authenticate"] = "Bearer"
        return refused
    if not access.may(actor, "metrics_see"):
        return HttpResponse("You may not see the metrics.\n", content_type="text/plain", status=403)
    return HttpResponse(metrics.text(), content_type=CONTENT_TYPE_LATEST)


def _asker(request: HttpRequest) -> Actor | None:
    if getattr(request, "scope", {}).get("aegir.door") == "socket":
        return access.on_this_machine("command line")
    scheme, _, text = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return access.actor_of(request.user)
    # A token that is sent counts, whatever else would let the asker in.
    text = text.strip()
    known = feature.on("tokens") and text.startswith(ApiToken.PREFIX)
    row = ApiToken.of(text) if known else None
    return access.actor_of(row.user, frozenset(row.scopes), by=f"token {row.name}") if row else None


def _has_room() -> bool:
    try:
        found = os.statvfs(settings.AEGIR_HOME)
    except OSError:
        return False
    # Some file systems count no inodes.
    return found.f_bavail * found.f_frsize > ROOM and (found.f_files == 0 or found.f_favail > 0)
