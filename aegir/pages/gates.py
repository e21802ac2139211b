"""django-allauth's views among Aegir's: what is switched off is gone, what is refused is recorded."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from aegir.access import heard
from aegir.errors import Refused
from aegir.models import feature
from aegir.models.welcome import mail_is_set_up
from aegir.pages.door import refusal

View = Callable[..., Any]
ELSEWHERE = "That passkey was used on another address than this one: check the address of this page."


def gate(view: View, part: str = "", *, mailing: bool = False) -> View:
    """The view, while its feature is on, and mail can be sent if it needs that. A form that was refused
    answers with 422, and the audit says why."""

    @wraps(view)
    def entered(request: HttpRequest, /, **kwargs: Any) -> HttpResponse:
        if (part and not feature.on(part)) or (mailing and not mail_is_set_up()):
            raise Http404
        if request.user.is_authenticated:
            heard.actor(request.user.get_username())
            heard.about(request.user.get_username())
        if request.method == "POST" and "credential" in request.POST and not _own_passkey(request):
            heard.refused(ELSEWHERE)
            return refusal(request, Refused(ELSEWHERE))
        response: HttpResponse = view(request, **kwargs)
        if isinstance(response, TemplateResponse):
            _tell(response)
        return response

    return entered


def _tell(response: TemplateResponse) -> None:
    """A form that comes back with complaints is no success."""
    context = response.context_data if response.context_data is not None else {}
    for form in (context.get("form"), context.get("webauthn_form")):
        if response.status_code == 200 and form is not None and form.is_bound and form.errors:
            heard.refused(str(next(iter(form.errors.values()))[0]))
            response.status_code = 422
    if not feature.on("passkeys"):
        context.pop("webauthn_form", None)


def _own_passkey(request: HttpRequest) -> bool:
    """Whether the browser used the passkey on this very host. A passkey of example.org also works on the
    hosts below it, where other people's sites may be."""
    if not feature.on("passkeys"):
        return False
    try:
        said = json.loads(request.POST["credential"])["response"]["clientDataJSON"]
        origin = json.loads(base64.urlsafe_b64decode(said + "=" * (-len(said) % 4)))["origin"]
    except (ValueError, TypeError, KeyError, binascii.Error):
        return False
    return isinstance(origin, str) and urlsplit(origin).netloc == request.get_host()
