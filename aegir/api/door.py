"""Middleware before every route of the API: what is too large or malformed goes no further, and whatever
Django refuses by itself leaves in the API's one shape."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

from aegir.api import errors

LARGEST = 1_000_000
"""Bytes of a body; the longest thing that is said is a welcome mail of 10,000 characters."""

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
    if not request.path_info.startswith("/api/"):
        return None
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdigit() or int(length) > LARGEST:
        return errors.otherwise(413)
    # No database holds it, and nothing is named so.
    if "\0" in request.path_info:
        return errors.otherwise(404)
    if "%00" in request.META.get("QUERY_STRING", ""):
        return errors.otherwise(400)
    return None


def _shaped(request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
    ours = not request.path_info.startswith("/api/") or response.status_code < 400
    if ours or response.headers.get("Content-Type", "").startswith("application/json"):
        return response
    shaped = errors.otherwise(response.status_code)
    if allowed := response.headers.get("Allow"):
        shaped["Allow"] = allowed
    return shaped
