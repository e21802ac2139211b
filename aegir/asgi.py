"""Django as an ASGI application, and the mark that tells through which door a request came in."""

from __future__ import annotations

import os
from collections.abc import Callable, Coroutine, MutableMapping
from typing import Any, Literal

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "aegir.settings")

Scope = MutableMapping[str, Any]
App = Callable[[Any, Any, Any], Coroutine[Any, Any, None]]
Door = Literal["socket", "network"]
DOOR = "aegir.door"

application = get_asgi_application()


def through(door: Door, app: App) -> App:
    """The same application for requests from one listener: Django finds ``request.scope["aegir.door"]``.

    Only the listener decides the mark. Nothing that a client sends becomes a key of the scope, so a
    request over TCP cannot pass for one that came over the unix socket.
    """

    async def marked(scope: Scope, receive: Any, send: Any) -> None:
        await app({**scope, DOOR: door}, receive, send)

    return marked
