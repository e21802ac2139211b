"""Whose a thing shall be that belongs to a person."""

from __future__ import annotations

from aegir import access
from aegir.access import Actor, Forbidden
from aegir.errors import Refused
from aegir.models import User


def owner(actor: Actor, named: str | None) -> User:
    """The asker himself. On the machine itself the asker has no account, and names one."""
    if actor.user is None:
        if not named:
            raise Refused("Say whose it shall be: you have no account here.", field="user")
        return access.user(actor, named)
    if named is not None and access.user(actor, named).pk != actor.user:
        raise Forbidden("Nobody makes such a thing for another person.")
    return User.objects.get(pk=actor.user)
