"""Idempotency: a change that carries ``Idempotency-Key`` is done once, however often it is sent."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI

from aegir.access import heard
from aegir.api.errors import Conflict, shape
from aegir.errors import Refused
from aegir.models import Answered

HEADER = "Idempotency-Key"
REPLAY = "Idempotent-Replay"
METHODS = ("POST", "PUT", "PATCH", "DELETE")
SHOWN_ONCE = (
    "This was done, and answered with a secret that is shown once: remove what was made, and make another."
)

_answering: WeakKeyDictionary[HttpRequest, Answered] = WeakKeyDictionary()
"""The row of each request with a key that is being answered."""
_secret: WeakSet[HttpRequest] = WeakSet()
"""Requests whose answer holds a secret."""

_KEY = re.compile(r"[\x21-\x7e]{1,200}")


class Replayed(Exception):
    """The request was answered before."""

    def __init__(self, row: Answered) -> None:
        self.row = row


def begin(request: HttpRequest, who: str) -> None:
    """Take the request's key, if it carries one, for ``who``. Raises Replayed with the answer that it was
    given before; Conflict while it is being answered; Refused when the key stood for something else."""
    key = request.headers.get(HEADER)
    if key is None or request.method not in METHODS:
        return
    if not _KEY.fullmatch(key):
        raise Refused(f"{HEADER} takes 1 to 200 printable characters without spaces.", field=HEADER)
    row, fresh = Answered.begin(key, who, _digest(request))
    if fresh:
        _answering[request] = row
    elif row.digest != _digest(request):
        raise Refused(f"This {HEADER} stood for another request: take a new one.", field=HEADER)
    elif not row.status:
        raise Conflict(
            "The same request is still being answered, or was broken off: look whether it was done, then ask "
            f"again, or take a new {HEADER}."
        )
    else:
        raise Replayed(row)


def shown_once(request: HttpRequest) -> None:
    """The answer holds a secret: it is not kept, and a replay is told so."""
    _secret.add(request)


def settle(request: HttpRequest, response: HttpResponse) -> None:
    """Keep the answer under the request's key, where it is one to keep."""
    row = _answering.pop(request, None)
    if row is None:
        return
    if response.status_code >= 300 and response.status_code != 422:
        row.forget()
    elif request in _secret and response.status_code < 300:
        row.keep(409, json.dumps(shape("conflict", SHOWN_ONCE)))
    else:
        row.keep(response.status_code, response.content.decode())


def register(api: NinjaAPI) -> None:
    """Make a replay leave as the first answer did."""
    api.add_exception_handler(Replayed, _again)


def _again(request: HttpRequest, replayed: Any) -> HttpResponse:
    heard.nothing()
    row: Answered = replayed.row
    return HttpResponse(
        row.body, status=row.status, content_type="application/json; charset=utf-8", headers={REPLAY: "true"}
    )


def _digest(request: HttpRequest) -> str:
    asked = f"{request.method} {request.get_full_path()}\n".encode()
    return hashlib.sha256(asked + request.body).hexdigest()
