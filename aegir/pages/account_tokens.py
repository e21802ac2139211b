"""The tokens that programs of mine speak to the API with."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from aegir import access
from aegir.access import SCOPES, Actor, heard
from aegir.errors import Refused
from aegir.models import ApiToken, User, feature, names
from aegir.pages.account import page
from aegir.pages.confirming import confirmed
from aegir.pages.door import changed


@changed
@confirmed
def add(request: HttpRequest, actor: Actor) -> HttpResponse:
    """The form. The token's text is shown in the answer, and never again."""
    _refuse_off()
    access.require(actor, "token_add")
    assert isinstance(request.user, User)
    given = {"name": request.POST.get("name", ""), "days": request.POST.get("days", "")}
    scopes = request.POST.getlist("scopes")
    try:
        row, text = ApiToken.mint(request.user, given["name"], _scopes(scopes), _days(given["days"]))
    except Refused as refused:
        heard.refused(str(refused))
        wrong = {"token_wrong": str(refused), "token_given": given, "token_scopes": scopes}
        answer = page(request, actor, **wrong)
        answer.status_code = 422
        return answer
    heard.about(row.name, scopes=row.scopes, expires=row.expires_at.date().isoformat())
    return render(request, "account/token.html", {"token": row, "text": text})


@changed
def revoke(request: HttpRequest, actor: Actor, number: int) -> HttpResponse:
    """The button."""
    _refuse_off()
    row = access.token(actor, number)
    access.require(actor, "token_revoke", row)
    heard.about(row.name)
    row.delete()
    messages.success(request, f"The token «{row.name}» does not work any more.")
    return redirect("account")


def _refuse_off() -> None:
    if not feature.on("tokens"):
        raise Http404


def _scopes(given: list[str]) -> list[str]:
    for scope in given:
        if scope not in SCOPES:
            raise Refused(f"There is no scope «{names.shown(scope)}»: choose from {', '.join(SCOPES)}.")
    if not given:
        raise Refused("Choose what the token may do.", field="scopes")
    return given


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise Refused(
            f"«{names.shown(text)}» is no number of days: give 1 to {ApiToken.LONGEST}.", field="days"
        )
    return int(text)
