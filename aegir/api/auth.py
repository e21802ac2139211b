"""Who speaks to the API: a program with a token, a signed-in person, or whoever may open the socket on the
machine itself."""

from __future__ import annotations

import re
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja.security import APIKeyCookie, HttpBearer

from aegir.access import Actor, actor_of, heard, on_this_machine
from aegir.api import once, tries
from aegir.api.errors import Unauthorised
from aegir.models import ApiToken, feature

_USER = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Asked(HttpRequest):
    """A request past its authentication."""

    auth: Actor


class Token(HttpBearer):
    """``Authorization: Bearer aegir_…``. A token that is sent counts, whatever else would let in."""

    def __call__(self, request: HttpRequest) -> Actor | None:
        scheme, _, text = request.headers.get("Authorization", "").partition(" ")
        return self.authenticate(request, text.strip()) if scheme.lower() == "bearer" else None

    def authenticate(self, request: HttpRequest, token: str) -> Actor:
        tries.refuse_more(request)
        if not feature.on("tokens"):
            raise Unauthorised("API tokens are switched off here: ask an administrator.")
        row = ApiToken.of(token) if token.startswith(ApiToken.PREFIX) else None
        actor = actor_of(row.user, frozenset(row.scopes), by=f"token {row.name}") if row else None
        if row is None or actor is None:
            tries.failed(request)
            raise Unauthorised("This token is not known, or is over: make another one.")
        heard.actor(actor.name, "token")
        once.begin(request, f"token {row.pk}")
        return actor


class SocketOrSession(APIKeyCookie):
    """The socket's mode admits only the machine's administrators, so nothing more is asked there. Elsewhere
    the session's cookie, and the CSRF token where something changes."""

    param_name = settings.SESSION_COOKIE_NAME

    def __call__(self, request: HttpRequest) -> Actor | None:
        if getattr(request, "scope", {}).get("aegir.door") == "socket":
            actor = on_this_machine(f"{_claimed(request)} (command line)")
            heard.actor(actor.name, "command line")
            once.begin(request, actor.name)
            return actor
        known: Actor | None = super().__call__(request)
        if known:
            heard.actor(known.name)
            once.begin(request, f"user {known.user}")
        return known

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        return actor_of(request.user)


def _claimed(request: HttpRequest) -> str:
    name = request.headers.get("X-Aegir-User", "")
    return name if _USER.fullmatch(name) else "root"
