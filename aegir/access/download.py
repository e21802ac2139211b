"""Addresses that give away one archive to one person for ten minutes."""

from __future__ import annotations

from datetime import timedelta

from django.core import signing

from aegir.access import seen
from aegir.access.actor import Actor, NotFound, actor_of, on_this_machine, require
from aegir.errors import Refused
from aegir.models import Backup, User

LIFETIME = timedelta(minutes=10)

_SALT = "aegir.download"
_signer = signing.TimestampSigner(salt=_SALT)


def sign(actor: Actor, backup: Backup) -> str:
    """A token that opens ``backup`` for ``actor``; Forbidden when he may not download it."""
    require(actor, "backup_download", backup)
    if backup.state != Backup.State.READY or not backup.path.is_file():
        raise Refused(f"The archive of backup {backup.pk} is not there: see «aegir backup show {backup.pk}».")
    scopes = None if actor.scopes is None else sorted(actor.scopes)
    return _signer.sign_object([actor.user, actor.name, scopes, backup.pk], compress=True)


def opened(token: str) -> tuple[Actor, Backup]:
    """For whom, and which archive. NotFound when the token is none or too old, when the person is gone or may
    not any more, or when the archive is."""
    try:
        user, name, scopes, number = _signer.unsign_object(token, max_age=LIFETIME)
    except signing.BadSignature as error:
        raise NotFound("This address is over: ask for the download again.") from error
    actor = _actor(user, name, scopes)
    if actor is None:
        raise NotFound("This address is over: ask for the download again.")
    backup = seen.backup(actor, number)
    require(actor, "backup_download", backup)
    if backup.state != Backup.State.READY or not backup.path.is_file():
        raise NotFound(f"The archive of backup {number} is gone.")
    return actor, backup


def _actor(number: int | None, name: str, scopes: list[str] | None) -> Actor | None:
    """As he was when he asked, with the rights that he has now."""
    if number is None:
        return on_this_machine(name)
    row = User.objects.filter(pk=number).first()
    actor = actor_of(row, None if scopes is None else frozenset(scopes)) if row else None
    return actor and Actor(name, actor.roles, actor.clients, actor.user, actor.scopes)
