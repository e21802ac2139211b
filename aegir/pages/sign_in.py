"""Signing in, by password or by a link that works once, and out."""

from __future__ import annotations

from hashlib import sha256

from django.contrib import auth
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from aegir.models import SignInLink

TRIES = 10
"""Wrong passwords that one name, or one address, may give before it has to wait."""
WAIT = 15 * 60


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form."""
    target = _local(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.method != "POST":
        if request.user.is_authenticated:
            return HttpResponseRedirect(target)
        return render(request, "sign_in.html", {"next": target})
    name = request.POST.get("username", "")[:150]
    if _tries(request, name) >= TRIES:
        sentence = "Too many wrong passwords: wait a quarter of an hour, or use a sign-in link."
        return _again(request, target, name, sentence, 429)
    user = auth.authenticate(request, username=name, password=request.POST.get("password", ""))
    if user is None:
        _count(request, name)
        return _again(request, target, name, "The user name or the password is wrong.", 422)
    cache.delete_many(_counters(request, name))
    auth.login(request, user)
    return HttpResponseRedirect(target)


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """A press of the button uses the link up; merely looking at it, as mail scanners do, does not."""
    if request.method != "POST":
        return render(request, "sign_in_link.html")
    user = SignInLink.redeem(token)
    if user is None:
        sentence = "This sign-in link was used already, or is too old: ask for a new one."
        return render(request, "error.html", {"sentence": sentence, "back": "/sign-in"}, status=422)
    auth.login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("sites")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    auth.logout(request)
    return redirect("sign_in")


def _again(request: HttpRequest, target: str, name: str, sentence: str, status: int) -> HttpResponse:
    context = {"next": target, "username": name, "sentence": sentence}
    return render(request, "sign_in.html", context, status=status)


def _local(request: HttpRequest, target: str) -> str:
    """An address on this host, whatever was asked for."""
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else "/"


def _counters(request: HttpRequest, name: str) -> list[str]:
    about = {"name": name.lower(), "address": request.META.get("REMOTE_ADDR", "")}
    return [f"sign-in:{kind}:{sha256(value.encode()).hexdigest()}" for kind, value in about.items()]


def _tries(request: HttpRequest, name: str) -> int:
    return max(cache.get_many(_counters(request, name)).values(), default=0)


def _count(request: HttpRequest, name: str) -> None:
    for counter in _counters(request, name):
        cache.add(counter, 0, WAIT)
        cache.incr(counter)
