"""The mail that tells somebody of his new account."""

from __future__ import annotations

from django.conf import settings
from django.db import transaction

from aegir.errors import Refused
from aegir.models import default, names, template
from aegir.models.account import SignInLink, User
from aegir.models.client import Client
from aegir.models.message import Message
from aegir.models.subscription import Subscription


def welcome(user: User, client: Client | None = None) -> Message:
    """A welcome mail to ``user``, with a new link that signs him in once; Refused when he has no address.

    It goes out with the next messages. Where no mail server is set yet, it is tried as any other message.
    """
    if not names.is_email(user.email):
        raise Refused(f"{user.get_username()} has no e-mail address: give one first.", field="email")
    panel = settings.AEGIR_PANEL_URL
    values = {"panel": panel, "name": user.get_full_name() or user.get_username()}
    values["client"] = client.title if client else ""
    with transaction.atomic():
        link = f"{panel}/sign-in/{SignInLink.mint(user)}"
        subject = template.fill(str(default.value("welcome_subject")), **values)
        body = template.fill(str(default.value("welcome_body")), **values, link=link)
        return Message.put(Subscription.Kind.EMAIL, user.email, subject, body)


def mail_is_set_up() -> bool:
    """Whether Aegir knows through whom, and as whom, to send mail."""
    return bool(default.value("mail_host") and default.value("mail_from"))
