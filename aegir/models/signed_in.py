"""The browsers that somebody is signed in with: they are signed out when what let them in is no longer so."""

from __future__ import annotations

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from aegir.models.account import User


def end(user: User, keep: str = "") -> int:
    """End all sessions of ``user`` but the one with the key ``keep``, and return how many ended."""
    from allauth.usersessions.models import UserSession  # only once Django knows all models

    # Not only those that were noted: a session is noted once its browser comes back.
    keys = [
        row.session_key
        for row in Session.objects.filter(expire_date__gt=timezone.now()).exclude(pk=keep).iterator()
        if row.get_decoded().get(SESSION_KEY) == str(user.pk)
    ]
    Session.objects.filter(session_key__in=keys).delete()
    UserSession.objects.filter(user=user).exclude(session_key=keep).delete()
    return len(keys)
