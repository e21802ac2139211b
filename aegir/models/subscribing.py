"""Subscriptions are made and changed, and their e-mail addresses asked whether they want the mail.

Nothing goes to an address before somebody there followed a link: ``Subscription.matching`` and
``Message.objects.due`` see to that, so a door that forgot to ask would only leave it waiting.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from aegir.errors import Refused
from aegir.models.account import User
from aegir.models.message import Message
from aegir.models.subscription import Subscription

SALT = "aegir.subscription.address"
LINK_LIVES = 48 * 3600
HOUR = 3600
MOST = 10
"""Links an hour that one person can have mailed."""
OFTEN = 3
"""Links an hour that he can have mailed to one address."""

SUBJECT = "May Aegir send mail here?"
# No word of it is the asker's own but his user name: it goes to people who never heard of him.
TEXT = """{owner} wants Aegir at {panel} to mail to {address} how tasks on websites end.

If you want these mails, follow this link within two days:

{link}

If you do not, do nothing: no other mail will come.
"""
SPENT = "This link was used already, or is too old: ask for another one."


def add(owner: User, **said: Any) -> tuple[Subscription, str]:
    """As ``Subscription.add``; an address that is not known yet to be willing is asked."""
    with transaction.atomic():
        row, secret = Subscription.add(owner, **said)
        _ask(row)
    return row, secret


def change(row: Subscription, said: Mapping[str, Any]) -> None:
    """Change these fields; Refused when a value does not fit. What still waits to be delivered goes to the
    new address, once that is willing."""
    before = row.target
    for name, value in said.items():
        setattr(row, name, value)
    row.refuse_bad()
    row.know_address()
    with transaction.atomic():
        row.save()
        if row.target != before:
            row.messages.filter(state=Message.State.WAITING, asking=False).update(target=row.target)
            _ask(row)


def ask_again(row: Subscription) -> None:
    """Mail another link. Refused when none is needed, or too many were mailed within an hour."""
    row.know_address()
    row.save(update_fields=["confirmed"])
    if not row.waits:
        raise Refused(f"«{row.name}» waits for nothing: its address needs no link.")
    if not _ask(row, again=True):
        raise Refused(
            f"{OFTEN} links were mailed to {row.target} within the last hour, and each of them is good: look "
            "for them there, also where unwanted mail lies, or come back later."
        )


def waiting(token: str) -> QuerySet[Subscription]:
    """The subscriptions that the link of that token is about; Refused when there are none."""
    try:
        said = signing.loads(token, salt=SALT, max_age=LINK_LIVES)
    except signing.BadSignature as error:
        raise Refused(SPENT) from error
    mine = Subscription.objects.filter(owner=said["owner"], owner__is_active=True, target=said["address"])
    found = mine.filter(kind=Subscription.Kind.EMAIL).exclude(confirmed=F("target")).select_related("owner")
    if not found:
        raise Refused(SPENT)
    return found


def confirm(token: str) -> None:
    """Somebody at the address says yes."""
    waiting(token).update(confirmed=F("target"))


def _ask(row: Subscription, *, again: bool = False) -> bool:
    """Mail a link where one is needed; False when too many were mailed there within an hour. Refused when its
    owner had too many mailed."""
    if not row.waits or (_asked(row) and not again):
        return True
    with transaction.atomic():
        if not _counted(f"link:{row.owner_id}:{_digest(row.target)}", OFTEN):
            return False
        if not _counted(f"links:{row.owner_id}", MOST):
            raise Refused(f"{MOST} links were mailed for {row.owner} within the last hour: come back later.")
        token = signing.dumps({"owner": row.owner_id, "address": row.target}, salt=SALT)
        panel = settings.AEGIR_PANEL_URL
        text = TEXT.format(
            owner=row.owner.get_username(), panel=panel, address=row.target,
            link=f"{panel}/notifications/confirm/{token}",
        )  # fmt: skip
        Message.put(row.kind, row.target, SUBJECT, text, subscription=row, asking=True)
    return True


def _asked(row: Subscription) -> bool:
    """Whether another subscription of the same owner had a link mailed there within the hour: it is good for
    this one too. What was deleted meanwhile does not count: whoever makes it anew waits for a mail."""
    asked = Message.objects.filter(asking=True, target=row.target, subscription__owner=row.owner)
    return asked.filter(created_at__gte=timezone.now() - timedelta(seconds=HOUR)).exists()


def _counted(key: str, most: int) -> bool:
    """Count one more within the hour; whether that is still allowed."""
    return cache.add(key, 1, HOUR) or cache.incr(key) <= most


def _digest(address: str) -> str:
    return hashlib.sha256(address.lower().encode()).hexdigest()
