"""Before something that matters is changed, people say once more that it is them."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.reauthentication import did_recently_reauthenticate
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from aegir.access import Actor, heard

Arguments = ParamSpec("Arguments")
View = Callable[Concatenate[HttpRequest, Actor, Arguments], HttpResponse]


def confirmed(view: View[Arguments]) -> View[Arguments]:
    """Let only those in who gave a password, a code or a passkey within the last quarter of an hour."""

    @wraps(view)
    def entered(
        request: HttpRequest, actor: Actor, /, *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> HttpResponse:
        if did_recently_reauthenticate(request):
            return view(request, actor, *args, **kwargs)
        return again(request)

    return entered


def again(request: HttpRequest) -> HttpResponse:
    """Ask for it. What a form held is not kept meanwhile, for it may hold a password."""
    methods = get_adapter().get_reauthentication_methods(request.user)
    back = request.get_full_path()
    if request.method == "POST":
        heard.refused("It was to be confirmed first.")
        messages.info(
            request, "Nothing was changed yet: confirm that it is you, then press the button again."
        )
        back = reverse("account")
    return HttpResponseRedirect(f"{methods[0]['url']}?{urlencode({'next': back})}")
