"""Who speaks to the API: a signed-in person, or whoever may open the socket on the machine itself."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja.security import APIKeyCookie

from aegir.access import Actor, actor_of, heard, on_this_machine

_USER = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Asked(HttpRequest):
    """A request past its authentication."""

    auth: Actor


class SocketOrSession(APIKeyCookie):
    """The socket's mode admits only the machine's administrators, so nothing more is asked there. Elsewhere
    the session's cookie, and the CSRF token where something changes."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Actor | None:
        if getattr(request, "scope", {}).get("aegir.door") == "socket":
            actor = on_this_machine(f"{_claimed(request)} (command line)")
            heard.actor(actor.name, "command line")
            return actor
        known: Actor | None = super().__call__(request)
        if known:
            heard.actor(known.name)
        return known

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        return actor_of(request.user)


def _claimed(request: HttpRequest) -> str:
    name = request.headers.get("X-Aegir-User", "")
    return name if _USER.fullmatch(name) else "root"
