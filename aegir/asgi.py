"""Django as an ASGI application: through which door a request came in, and how much of its body is read."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine, MutableMapping
from typing import Any, Literal

from django.conf import settings
from django.core.asgi import get_asgi_application

from aegir.seats import seated

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aegir.settings")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Scope]]
App = Callable[[Any, Any, Any], Coroutine[Any, Any, None]]
Door = Literal["socket", "network"]
DOOR = "aegir.door"
TOO_LARGE = "aegir.too_large"

application = get_asgi_application()


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
