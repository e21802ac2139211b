"""Second factors that somebody lost, taken away so that he can come in again."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import transaction

from aegir.errors import Refused
from aegir.models import names, signed_in
from aegir.models.account import User
from aegir.models.message import Message
from aegir.models.subscription import Subscription
from aegir.models.welcome import mail_is_set_up

SUBJECT = "Your second factor was taken away"
BODY = """Hello {name},

an administrator took away the second factor of your account {username} on {panel}:
authenticator app, passkeys and recovery codes. Until you set up another one, signing in does not ask for it.
You were signed out everywhere.

If you did not ask for this, tell the people who look after Aegir.
"""


def reset(user: User) -> None:
    """Take away authenticator app, passkeys and recovery codes; Refused when there is none of them.

    The person is signed out everywhere, for whoever has the lost thing may be signed in with it, and told by
    mail where that is possible. The password stays.
    """
    with transaction.atomic():
        taken, _ = _of(user).delete()
        if not taken:
            raise Refused(f"{user.username} has no second factor.", field="username")
        signed_in.end(user)
        if mail_is_set_up() and names.is_email(user.email):
            said = {"name": user.get_full_name() or user.username, "username": user.username}
            body = BODY.format(**said, panel=settings.AEGIR_PANEL_URL)
            Message.put(Subscription.Kind.EMAIL, user.email, SUBJECT, body)


def guarded(user: User) -> bool:
    """Whether the person has any of them."""
    return bool(_of(user).exists())


def _of(user: User) -> Any:
    from allauth.mfa.models import Authenticator  # only once Django knows all models

    return Authenticator.objects.filter(user=user)
