"""The one shape in which every error leaves the API, and the status that goes with it."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, ValidationError

from aegir.access import Forbidden, NotFound, heard
from aegir.errors import AegirError, Broken, Refused, Stuck, Unreachable

logger = logging.getLogger(__name__)


class Error(Schema):
    kind: str
    """refused, not_found, unauthorised, forbidden, conflict, too_many, unreachable, broken or stuck."""
    message: str
    """One sentence that names the thing and the remedy."""
    field: str | None
    """The argument at fault, where it is one."""


class ErrorAnswer(Schema):
    error: Error


class Unauthorised(AegirError):
    """Who asks is not known."""


class Conflict(AegirError):
    """The same request is being answered, or was answered with what is not said twice."""


class TooMany(AegirError):
    """Asked too often."""

    def __init__(self, sentence: str, wait: int) -> None:
        """``wait``: seconds after which it may be tried again."""
        super().__init__(sentence)
        self.wait = wait


KINDS: dict[type[AegirError], tuple[int, str]] = {
    Refused: (422, "refused"),
    NotFound: (404, "not_found"),
    Unauthorised: (401, "unauthorised"),
    Forbidden: (403, "forbidden"),
    Conflict: (409, "conflict"),
    TooMany: (429, "too_many"),
    Unreachable: (503, "unreachable"),
    Broken: (500, "broken"),
    Stuck: (500, "stuck"),
}
OTHERWISE = {
    400: ("refused", "The request is not well-formed: send JSON in UTF-8."),
    403: ("forbidden", "This may not be done."),
    404: ("not_found", "There is nothing at this address."),
    405: ("refused", "Nothing at this address is done with that method."),
    413: (
        "refused",
        "The request is larger than 1 MB, so nothing of it was done: archives and other files are not "
        "sent to Aegir, it fetches them from an address or a path.",
    ),
    500: ("broken", "Aegir failed to answer: the panel's own log says why."),
}
"""What is said where Django, and no route, refused."""


def answer(status: int, kind: str, message: str, field: str | None = None) -> HttpResponse:
    """An error as the API gives it."""
    heard.refused(message)
    return JsonResponse(shape(kind, message, field), status=status)


def shape(kind: str, message: str, field: str | None = None) -> dict[str, dict[str, str | None]]:
    """What the body of an error says."""
    return {"error": {"kind": kind, "message": message, "field": field}}


def otherwise(status: int) -> HttpResponse:
    """The answer to what never came to a route."""
    kind, message = OTHERWISE.get(status, ("refused", "The request cannot be answered."))
    return answer(status, kind, message)


def register(api: NinjaAPI) -> None:
    """Make every exception that a route raises leave in the one shape."""
    for kind in (AegirError, AuthenticationError, HttpError, ValidationError, Http404, Exception):
        api.add_exception_handler(kind, _to_answer)


def _to_answer(request: HttpRequest, error: Any) -> HttpResponse:
    match error:
        case AegirError():
            return _of_aegir(error)
        case AuthenticationError():
            return answer(401, "unauthorised", "Sign in, or send a token, first.")
        case HttpError(status_code=403):
            return answer(403, "forbidden", "The request carries no valid CSRF token: send X-CSRFToken.")
        case HttpError(status_code=400):
            return otherwise(400)
        case HttpError():
            return answer(error.status_code, "refused", f"{str(error).rstrip('.')}.")
        case ValidationError():
            return _of_shape(error)
        case Http404():
            return otherwise(404)
        case RequestDataTooBig():
            return otherwise(413)
        case SuspiciousOperation():
            return otherwise(400)
    logger.error("no answer to %s %s", request.method, request.path, exc_info=error)
    if isinstance(error, OperationalError):
        sentence = "Aegir's own database is busy, or its disk is full: try again, or see the panel's log."
        return answer(503, "unreachable", sentence)
    return otherwise(500)


def _of_aegir(error: AegirError) -> HttpResponse:
    status, kind = next(known for cls, known in KINDS.items() if isinstance(error, cls))
    response = answer(status, kind, str(error), getattr(error, "field", None))
    if isinstance(error, TooMany):
        response["Retry-After"] = str(error.wait)
    return response


def _of_shape(error: ValidationError) -> HttpResponse:
    first = error.errors[0]
    # The place within a list says nothing to people.
    field = next((part for part in reversed(first["loc"]) if isinstance(part, str)), "body")
    return answer(422, "refused", f"The argument {field} is wrong: {first['msg']}.", field)
