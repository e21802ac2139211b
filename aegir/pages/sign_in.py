"""Signing in, by password or by a link that works once, and out."""

from __future__ import annotations

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import perform_login, perform_password_login, record_authentication
from allauth.account.models import Login
from django.contrib import auth
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from aegir.access import heard
from aegir.models import SignInLink, User, feature
from aegir.models.welcome import mail_is_set_up
from aegir.pages import openid
from aegir.pages.account_forms import SignInForm, username_of

SPENT = "This sign-in link was used already, or is too old: ask for a new one."


@sensitive_post_parameters("password")
@require_http_methods(["GET", "HEAD", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """The form. Whoever has a second factor is asked for that next."""
    target = _local(request, request.POST.get("next") or request.GET.get("next", ""))
    if request.method != "POST":
        if request.user.is_authenticated:
            return HttpResponseRedirect(target)
        return _form(request, SignInForm(request), target)
    _say_who(request.POST.get("username", ""))
    form = SignInForm(request, request.POST)
    if not form.is_valid() or form.user is None:
        return _form(request, form, target)
    if request.user.is_authenticated:
        auth.logout(request)
    login = Login(user=form.user, redirect_url=target)
    answer: HttpResponse = perform_password_login(request, {"username": form.user.get_username()}, login)
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def sign_in_by_link(request: HttpRequest, token: str) -> HttpResponse:
    """A press of the button uses the link up; merely looking at it, as mail scanners do, does not."""
    if request.method != "POST":
        return render(request, "account/link.html")
    link = SignInLink.redeem(token)
    if link is None:
        heard.refused(SPENT)
        context = {"title": "Not possible", "sentence": SPENT}
        return render(request, "account/sentence.html", context, status=422)
    user = link.user
    heard.about(user.get_username())
    if request.user.is_authenticated:
        auth.logout(request)
    # Whoever came by a link may choose a password at once, without knowing the one before.
    record_authentication(request, user, method="link", reauthenticated=True)
    target = "/" if user.is_superuser or user.has_usable_password() else "/account"
    answer: HttpResponse
    if not link.whole:
        answer = perform_login(request, Login(user=user, redirect_url=target))
        return answer
    get_adapter().login(request, user)
    answer = get_adapter().post_login(
        request, user, email_verification="none", signal_kwargs=None, email=None, signup=False,
        redirect_url=target,
    )  # fmt: skip
    return answer


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session."""
    heard.actor(request.user.get_username())
    auth.logout(request)
    return redirect("sign_in")


def _form(request: HttpRequest, form: SignInForm, target: str) -> HttpResponse:
    status = 200
    if form.is_bound:
        wrong = form.errors.as_data()
        late = any(error.code == "too_many_login_attempts" for each in wrong.values() for error in each)
        status = 429 if late else 422
        heard.refused(str(next(iter(form.errors.values()))[0]))
    context = {
        "form": form,
        "next": target,
        "provider": openid.app(),
        "passkeys": feature.on("passkeys"),
        "signup": feature.on("signup"),
        "mail": mail_is_set_up(),
    }
    return render(request, "account/login.html", context, status=status)


def _say_who(typed: str) -> None:
    """Name the account for the audit if there is one; otherwise nothing, for people also type passwords
    where the name belongs."""
    user = User.objects.filter(username__iexact=username_of(typed.strip()[:254])).first()
    heard.about(user.get_username() if user else "nobody known")


def _local(request: HttpRequest, target: str) -> str:
    """An address on this host, whatever was asked for."""
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return target if safe else "/"
