"""Subscriptions are made and changed, and their e-mail addresses asked whether they want the mail.

Nothing goes to an address before somebody there followed a link: ``Subscription.matching`` and
``Message.objects.due`` see to that, so a door that forgot to ask would only leave it waiting.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.cache import cache
from django.db import transaction
from django.db.models import F, QuerySet

from aegir.errors import Refused
from aegir.models.account import User
from aegir.models.message import Message
from aegir.models.subscription import Subscription

SALT = "aegir.subscription.address"
LINK_LIVES = 48 * 3600
HOUR = 3600
MOST = 10
"""Links an hour that one person can have mailed; to one address, one."""

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
    """Mail another link. Refused when none is needed, or one was mailed within an hour."""
    row.know_address()
    row.save(update_fields=["confirmed"])
    if not row.waits:
        raise Refused(f"«{row.name}» waits for nothing: its address needs no link.")
    if not _ask(row):
        raise Refused(
            f"A link was mailed to {row.target} within the last hour: look for it there, or come back later."
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


def _ask(row: Subscription) -> bool:
    """Mail a link where one is needed; False when one was mailed within an hour. Refused when its owner had
    too many mailed."""
    if not row.waits:
        return True
    with transaction.atomic():
        if not cache.add(f"link:{row.owner_id}:{_digest(row.target)}", 1, HOUR):
            return False
        _refuse_many(row.owner)
        token = signing.dumps({"owner": row.owner_id, "address": row.target}, salt=SALT)
        panel = settings.AEGIR_PANEL_URL
        text = TEXT.format(
            owner=row.owner.get_username(), panel=panel, address=row.target,
            link=f"{panel}/notifications/confirm/{token}",
        )  # fmt: skip
        Message.put(row.kind, row.target, SUBJECT, text, subscription=row, asking=True)
    return True


def _refuse_many(owner: User) -> None:
    key = f"links:{owner.pk}"
    if not cache.add(key, 1, HOUR) and cache.incr(key) > MOST:
        raise Refused(f"{MOST} links were mailed for {owner} within the last hour: come back later.")


def _digest(address: str) -> str:
    return hashlib.sha256(address.lower().encode()).hexdigest()
