"""The settings page: the defaults that the operator may change, in groups that are saved as a whole."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.text import slugify

from aegir import access
from aegir.access import Actor, heard
from aegir.errors import Refused
from aegir.models import Message, Subscription, User, default
from aegir.models.welcome import mail_is_set_up
from aegir.pages.default_forms import GroupForm, groups, words
from aegir.pages.door import changed, shown

TEST_SUBJECT = "A test mail from Aegir"
TEST_BODY = "This is a test: whoever reads it knows that Aegir's mail arrives.\n"


@shown
def settings(request: HttpRequest, actor: Actor) -> HttpResponse:
    """All of them."""
    access.require(actor, "setting_see")
    return _page(request, actor)


@changed
def save(request: HttpRequest, actor: Actor, group: str) -> HttpResponse:
    """The form of one group: all that it holds is saved, or nothing of it."""
    access.require(actor, "setting_change")
    title = _title(group)
    heard.about(title)
    form = GroupForm(actor, title, default.values(), data=request.POST)
    if not form.save():
        return _page(request, actor, form)
    messages.success(request, f"{title}: saved.")
    return redirect(f"{reverse('settings')}#{group}")


@changed
def reset(request: HttpRequest, actor: Actor, name: str) -> HttpResponse:
    """Back to what it was when Aegir came. What is typed in the group's other fields stays typed."""
    access.require(actor, "setting_change")
    known = access.setting(name)
    heard.about(known, reset=True)
    default.reset(known)
    kind = default.KINDS[known]
    what = "is forgotten" if kind.secret else "is as it came"
    messages.success(request, f"{words(known)} {what}.")
    return _page(request, actor, _as_typed(request, actor, known), status=200)


@changed
def mail(request: HttpRequest, actor: Actor) -> HttpResponse:
    """Send a test mail to whoever asks."""
    access.require(actor, "setting_change")
    user = User.objects.filter(pk=actor.user or 0).first()
    heard.action("mail_test")
    if user is None or not user.email:
        raise Refused("You have no e-mail address: give one on your account page.", field="email")
    if not mail_is_set_up():
        raise Refused("Nobody takes Aegir's mail yet: save mail_host and mail_from first.")
    heard.about(user.email)
    Message.put(Subscription.Kind.EMAIL, user.email, TEST_SUBJECT, TEST_BODY)
    messages.success(request, f"A test mail to {user.email} is on its way: below is how it goes.")
    return redirect(f"{reverse('settings')}#mail")


def _page(
    request: HttpRequest, actor: Actor, typed: GroupForm | None = None, *, status: int = 422
) -> HttpResponse:
    """The page, with one group as it was filled in."""
    now = default.values()
    drawn = [typed if typed and typed.title == title else GroupForm(actor, title, now) for title in groups()]
    user = User.objects.filter(pk=actor.user or 0).first()
    address = user.email if user else ""
    tests = Message.objects.filter(subscription=None, subject=TEST_SUBJECT, target=address).order_by("-pk")
    context: dict[str, Any] = {
        "nav": "settings",
        "groups": drawn,
        "mail": mail_is_set_up(),
        "address": address,
        "test": tests.first() if address else None,
    }
    return render(request, "defaults/list.html", context, status=status if typed else 200)


def _title(group: str) -> str:
    for title in groups():
        if slugify(title) == group:
            return title
    raise Http404


def _as_typed(request: HttpRequest, actor: Actor, name: str) -> GroupForm | None:
    """The group's form as it was typed, but for the one that is put back; None where nothing was sent."""
    kind, given = default.KINDS[name], request.POST.copy()
    its = {each: other.value for each, other in default.KINDS.items() if other.group == kind.group}
    texts = [each for each, value in its.items() if not isinstance(value, bool)]
    if not all(each in given for each in texts):
        return None
    if isinstance(kind.value, bool):
        given.pop(name, None)
        if kind.value:
            given[name] = "on"
    else:
        given[name] = "" if kind.secret else str(kind.value)
    form = GroupForm(actor, kind.group, default.values(), data=given)
    form.errors.clear()
    return form
