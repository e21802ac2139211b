"""Django as an ASGI application: through which door a request came in, how much of its body is read, and that
what needs no event loop is answered on one seat."""

from __future__ import annotations

import asyncio
import inspect
import os
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any, Literal

import django
from asgiref.sync import sync_to_async
from django.conf import settings
from django.core.handlers.asgi import ASGIHandler
from django.core.handlers.base import BaseHandler
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import Resolver404, resolve

from aegir.seats import seated

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aegir.settings")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
App = Callable[[Any, Any, Any], Coroutine[Any, Any, None]]
Door = Literal["socket", "network"]
DOOR = "aegir.door"
TOO_LARGE = "aegir.too_large"


class Handler(ASGIHandler):
    """Django's own takes each middleware that is not asynchronous to a thread and back, some fifteen times a
    page. Here a request whose view is synchronous goes to a thread once, with all its middleware."""

    def __init__(self) -> None:
        super().__init__()
        self._synchronous = BaseHandler()
        self._synchronous.load_middleware(is_async=False)

    async def get_response_async(self, request: HttpRequest) -> HttpResponseBase:
        if _awaits(request):
            return await super().get_response_async(request)
        answering = asyncio.ensure_future(sync_to_async(self._synchronous.get_response)(request))
        try:
            return await asyncio.shield(answering)
        except asyncio.CancelledError:
            # The asker is gone, but what he asked for is being done: it may still read what he sent.
            await asyncio.wait([answering])
            raise


def _awaits(request: HttpRequest) -> bool:
    """Whether what the request asks for is answered on the event loop, as streams are."""
    try:
        return inspect.iscoroutinefunction(resolve(request.path_info).func)
    except Resolver404:
        return False


django.setup(set_prefix=False)
application = Handler()


def through(door: Door, app: App) -> App:
    """The same application for requests from one listener: Django finds ``request.scope["aegir.door"]``.

    Only the listener decides the mark. Nothing that a client sends becomes a key of the scope, so a
    request over TCP cannot pass for one that came over the unix socket.
    """

    async def marked(scope: Scope, receive: Any, send: Any) -> None:
        inner = {**scope, DOOR: door}
        async with seated():
            await app(inner, Bounded(inner, receive), send)

    return marked


class Bounded:
    """What a request's body is received through.

    Django takes in all of it before anything can refuse it. So of one that is too large no more is read, and
    the scope says that it is.
    """

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope, self.receive = scope, receive
        self.left = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        said = dict(scope.get("headers", ())).get(b"content-length", b"0")
        self.scope[TOO_LARGE] = said.isdigit() and (len(said) > 18 or int(said) > self.left)
        self.ended = False

    async def __call__(self) -> Scope:
        if self.ended:
            await asyncio.Event().wait()  # until the answer is sent, and nobody waits for this any more
        if not self.scope[TOO_LARGE]:
            message = await self.receive()
            self.left -= len(message.get("body", b""))
            if self.left >= 0:
                return message
            self.scope[TOO_LARGE] = True
        self.ended = True
        return {"type": "http.request", "body": b"", "more_body": False}
