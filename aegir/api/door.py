"""Middleware before every route of the API: what is too large or malformed goes no further, and whatever
Django refuses by itself leaves in the API's one shape."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from aegir.api import errors

Answer = Callable[[HttpRequest], HttpResponseBase] | Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def api(get_response: Answer) -> Answer:
    """Nothing but the API's own answers below ``/api/``."""
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponseBase:
            refused = _refused(request)
            return refused or _shaped(request, await get_response(request))

        return answer_async

    def answer(request: HttpRequest) -> HttpResponseBase:
        refused = _refused(request)
        if refused:
            return refused
        response = get_response(request)
        assert isinstance(response, HttpResponseBase)
        return _shaped(request, response)

    return answer


def _refused(request: HttpRequest) -> HttpResponseBase | None:
    if _too_large(request):
        refused = errors.otherwise(413)
        if not request.path_info.startswith("/api/"):
            refused = HttpResponse(errors.OTHERWISE[413][1], status=413, content_type="text/plain")
        refused["Connection"] = "close"  # what is left of the body is not read
        return refused
    if not request.path_info.startswith("/api/"):
        return None
    # No database holds it, and nothing is named so.
    if "\0" in request.path_info:
        return errors.otherwise(404)
    if "%00" in request.META.get("QUERY_STRING", ""):
        return errors.otherwise(400)
    return None


def _too_large(request: HttpRequest) -> bool:
    if getattr(request, "scope", {}).get("aegir.too_large"):
        return True
    length = request.META.get("CONTENT_LENGTH") or "0"
    return not length.isdigit() or int(length) > settings.DATA_UPLOAD_MAX_MEMORY_SIZE


def _shaped(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    ours = not request.path_info.startswith("/api/") or response.status_code < 400
    if ours or response.headers.get("Content-Type", "").startswith("application/json"):
        return response
    shaped = errors.otherwise(response.status_code)
    if allowed := response.headers.get("Allow"):
        shaped["Allow"] = allowed
    return shaped
