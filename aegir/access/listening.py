"""Middleware: no request for a change goes unrecorded, whatever answers it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable

from asgiref.sync import iscoroutinefunction, sync_to_async
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve
from django.utils.decorators import sync_and_async_middleware

from aegir.access import heard
from aegir.access.heard import Heard

logger = logging.getLogger(__name__)

SAFE = ("GET", "HEAD", "OPTIONS", "TRACE")
NAMING = ("domain", "name", "number", "id", "pair", "noun", "username")
"""Parts of an address that say what is meant; others may be secrets, as the token of a link."""

Answer = Callable[[HttpRequest], HttpResponseBase] | Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def audit(get_response: Answer) -> Answer:
    """Write every request for a change down, once it is answered."""
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponseBase:
            if request.method in SAFE:
                safe = await get_response(request)
                assert isinstance(safe, HttpResponseBase)
                return safe
            with heard.listening(_begin(request)) as begun:
                response = await get_response(request)
            assert isinstance(response, HttpResponseBase)
            await sync_to_async(_end)(begun, response)
            return response

        return answer_async

    def answer(request: HttpRequest) -> HttpResponseBase:
        if request.method in SAFE:
            response = get_response(request)
            assert isinstance(response, HttpResponseBase)
            return response
        with heard.listening(_begin(request)) as begun:
            response = get_response(request)
        assert isinstance(response, HttpResponseBase)
        _end(begun, response)
        return response

    return answer


def _begin(request: HttpRequest) -> Heard:
    api = request.path.startswith("/api/")
    try:
        match = resolve(request.path_info)
    except Resolver404:
        return Heard("api" if api else "page", _address(request), f"{request.method} of nothing")
    named = [str(match.kwargs[name]) for name in NAMING if name in match.kwargs]
    action = match.url_name or match.func.__name__
    return Heard("api" if api else "page", _address(request), action, about=" ".join(named))


def _address(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR") or "")


def _end(begun: Heard, response: HttpResponseBase) -> None:
    try:
        begun.record(response.status_code)
    except Exception:  # what was done is done, and its answer must reach the asker
        logger.exception("The audit could not be written: %s %s", begun.actor, begun.action)
