"""The way into every page: who asks, and what becomes of a refusal."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec
from weakref import WeakKeyDictionary

from django.contrib.auth.views import redirect_to_login
from django.core.paginator import Page, Paginator
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from aegir import access
from aegir.access import Actor, Forbidden, NotFound, heard
from aegir.errors import AegirError
from aegir.models import Task

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Actor, Arguments], HttpResponseBase]
Entry = Callable[Concatenate[HttpRequest, Arguments], HttpResponseBase]

_actors: WeakKeyDictionary[HttpRequest, Actor] = WeakKeyDictionary()
"""Who was let in, for the menu around the page."""

ROWS = 50
"""How many rows a page shows."""


def signed_in(view: View[Arguments]) -> Entry[Arguments]:
    """Let only signed-in people in; what the view refuses becomes a page that says why."""

    @wraps(view)
    def entered(
        request: HttpRequest, /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> HttpResponseBase:
        actor = access.actor_of(request.user)
        if actor is None:
            return redirect_to_login(request.get_full_path())
        _actors[request] = actor
        heard.actor(actor.name)
        try:
            return view(request, actor, *args, **kwargs)
        except AegirError as error:
            heard.refused(str(error))
            return refusal(request, error)

    return entered


def actor_of(request: HttpRequest) -> Actor | None:
    """Who asks: as the door found out, or as the session says where a page has no door."""
    return _actors.get(request) or access.actor_of(request.user)


def shown(view: View[Arguments]) -> Entry[Arguments]:
    """A page for signed-in people."""
    entry: Entry[Arguments] = require_safe(signed_in(view))
    return entry


def changed(view: View[Arguments]) -> Entry[Arguments]:
    """A button or form for signed-in people; Django's middleware has checked its CSRF token."""
    entry: Entry[Arguments] = require_POST(signed_in(view))
    return entry


def ask(actor: Actor, operation: str, **arguments: Any) -> HttpResponse:
    """Ask for an operation, and go where its task can be watched."""
    return watch(access.ask(actor, operation, **arguments))


def watch(task: Task) -> HttpResponse:
    """Go to the task's page."""
    return redirect("task", number=task.pk)


def refusal(request: HttpRequest, error: AegirError) -> HttpResponse:
    """One sentence on a page of its own."""
    match error:
        case NotFound():
            return _page(request, 404, str(error), "Not found")
        case Forbidden():
            return _page(request, 403, str(error))
    return _page(request, 422, str(error))


def part(request: HttpRequest, query: QuerySet[Any]) -> Page[Model]:
    """The rows that ``?page=`` asks for."""
    return Paginator(query, ROWS).get_page(request.GET.get("page"))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Answers addresses that are none, in the language of the door."""
    sentence = "There is nothing at this address."
    if request.path.startswith("/api/"):
        return JsonResponse({"error": {"kind": "not_found", "message": sentence, "field": None}}, status=404)
    return _page(request, 404, sentence, "Not found")


def csrf_failed(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Answers forms whose token is missing or old."""
    sentence = "This form was open for too long, or cookies are switched off: go back, reload and try again."
    return _page(request, 403, sentence)


def _page(request: HttpRequest, status: int, sentence: str, title: str = "") -> HttpResponse:
    context = {"sentence": sentence, "title": title, "back": _back(request)}
    return render(request, "error.html", context, status=status)


def _back(request: HttpRequest) -> str:
    """Where the reader came from, as an address on this very host."""
    here = request.build_absolute_uri("/")
    referer = request.headers.get("Referer", "")
    return "/" + referer.removeprefix(here).lstrip("/\\") if referer.startswith(here) else "/"
