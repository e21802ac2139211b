"""When and from where a signed-in browser was seen last, and for how long its session lives on."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable

from allauth.usersessions.models import UserSession
from asgiref.sync import iscoroutinefunction, sync_to_async
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in
from django.contrib.sessions.backends.base import SessionBase
from django.dispatch import receiver
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.decorators import sync_and_async_middleware

EVERY = 60
"""Seconds between two notes: a page that asks often does not make the database write often."""
SEEN = "seen"

Answer = Callable[[HttpRequest], HttpResponseBase] | Callable[[HttpRequest], Awaitable[HttpResponseBase]]


@sync_and_async_middleware
def noted(get_response: Answer) -> Answer:
    """Middleware: note that a signed-in browser was here, which saves its session, so that it lives on."""
    if iscoroutinefunction(get_response):

        async def answer_async(request: HttpRequest) -> HttpResponseBase:
            response = await get_response(request)
            assert isinstance(response, HttpResponseBase)
            if _due(request):
                await sync_to_async(_note)(request)
            return response

        return answer_async

    def answer(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        assert isinstance(response, HttpResponseBase)
        if _due(request):
            _note(request)
        return response

    return answer


@receiver(user_logged_in)
def _began(sender: object, request: HttpRequest, user: AbstractBaseUser, **more: object) -> None:
    """However somebody signed in."""
    request.session[SEEN] = int(time.time())
    request.session.set_expiry(lifetime(user))


def lifetime(user: AbstractBaseUser | AnonymousUser) -> int:
    """For how many seconds a session of theirs lives without use."""
    if getattr(user, "is_superuser", False):
        return int(settings.ADMINISTRATOR_SESSION_AGE)
    return int(settings.SESSION_COOKIE_AGE)


def _due(request: HttpRequest) -> bool:
    """Whether it is time; of a session that nothing has looked at, nothing is read for this."""
    session = request.session
    if not session.accessed or SESSION_KEY not in session:
        return False
    return time.time() - float(session.get(SEEN, 0)) >= EVERY


def _note(request: HttpRequest) -> None:
    if not request.user.is_authenticated or not _lives(request.session):
        return
    request.session[SEEN] = int(time.time())
    request.session.set_expiry(lifetime(request.user))
    UserSession.objects.create_from_request(request)


def _lives(session: SessionBase) -> bool:
    """Whether it was not ended, by another browser of the same person, while this request was answered."""
    return session.session_key is not None and session.exists(session.session_key)
