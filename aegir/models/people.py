"""People: added, changed and removed, and what they are given.

An asker's name is stored as tasks and the audit show it, so a user name holds nothing that such a name adds.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from django.db import IntegrityError, transaction

from aegir.errors import Refused
from aegir.models import names, signed_in
from aegir.models.account import Grant, User

ADMINISTRATOR = "administrator"
ROLES = (ADMINISTRATOR, *Grant.Role.values)
"""What a person can be given; belonging to clients is not given but said of the client."""

_USERNAME = re.compile(r"[A-Za-z0-9._@+-]{1,150}")
_RESERVED = ("schedule",)


def add(*, username: str, email: str, name: str = "") -> User:
    """A new person without a role and without a password, saved: a welcome link lets him in.

    Refused when the name or the address is taken or not what it should be.
    """
    user = User(username=_username(username), email=_email(email), first_name=_name(name))
    user.set_unusable_password()
    return _saved(user)


def change(
    user: User,
    *,
    username: str | None = None,
    email: str | None = None,
    name: str | None = None,
    active: bool | None = None,
) -> User:
    """Change what is given; None leaves it. Whoever is not active can neither sign in nor use a token, and
    is signed out everywhere."""
    if username is not None and username != user.username:
        user.username = _username(username, user)
    if email is not None and email != user.email:
        user.email = _email(email, user)
    if name is not None:
        user.first_name, user.last_name = _name(name), ""
    with transaction.atomic():
        if active is False:
            _refuse_last(user, "shut out")
            signed_in.end(user)
        if active is not None:
            user.is_active = active
        return _saved(user)


def remove(user: User) -> None:
    """Delete the person with his tokens and subscriptions. What he did stays in tasks and audit."""
    with transaction.atomic():
        _refuse_last(user, "removed")
        signed_in.end(user)
        user.delete()


def grant(user: User, roles: Collection[str], keep: str = "") -> None:
    """Give exactly these roles, and take all others. Whoever loses one is signed out everywhere but in the
    session ``keep``."""
    for role in roles:
        if role not in ROLES:
            raise Refused(
                f"There is no role «{names.shown(role)}»: choose from {', '.join(ROLES)}.", field="roles"
            )
    with transaction.atomic():
        if ADMINISTRATOR not in roles:
            _refuse_last(user, "demoted")
        if (user.is_superuser and ADMINISTRATOR not in roles) or user.grants.exclude(role__in=roles).exists():
            signed_in.end(user, keep)
        user.is_superuser = ADMINISTRATOR in roles
        user.save(update_fields=["is_superuser"])
        wanted = set(roles) - {ADMINISTRATOR}
        user.grants.exclude(role__in=wanted).delete()
        for role in sorted(wanted):
            Grant.objects.get_or_create(user=user, role=role)


def roles(user: User) -> list[str]:
    """What the person was given; in as few queries as ``user.grants`` takes."""
    own = sorted(row.role for row in user.grants.all())
    return [ADMINISTRATOR, *own] if user.is_superuser else own


def free_name(wanted: str) -> str:
    """A user name that nobody has yet, as like ``wanted`` as can be."""
    base = re.sub(r"[^A-Za-z0-9._@+-]", "", wanted)[:140] or "user"
    name, further = base, 2
    while name.lower() in _RESERVED or User.objects.filter(username__iexact=name).exists():
        name, further = f"{base}{further}", further + 1
    return name


def _saved(user: User) -> User:
    try:
        with transaction.atomic():
            user.save()
    except IntegrityError as race:
        raise Refused(f"{user.username} was taken just now: choose another name.", field="username") from race
    return user


def _username(text: str, own: User | None = None) -> str:
    if not _USERNAME.fullmatch(text) or text.lower() in _RESERVED:
        raise Refused(
            f"«{names.shown(text)}» cannot name a person: use up to 150 letters, digits, dots, hyphens, "
            "underscores, @ and +, such as anna.",
            field="username",
        )
    if User.objects.filter(username__iexact=text).exclude(pk=own.pk if own and own.pk else 0).exists():
        raise Refused(f"There is already a user {text}: choose another name.", field="username")
    return text


def _email(text: str, own: User | None = None) -> str:
    address = names.email(text)
    if User.objects.filter(email__iexact=address).exclude(pk=own.pk if own and own.pk else 0).exists():
        raise Refused(f"There is already a user with the address {address}.", field="email")
    return address


def _name(text: str) -> str:
    stripped = text.strip()
    if len(stripped) > 150 or not stripped.isprintable():
        raise Refused("A person's name has up to 150 characters on one line.", field="name")
    return stripped


def _refuse_last(user: User, what: str) -> None:
    """Refused when nobody could look after Aegir afterwards; call in the transaction of the change."""
    able = list(User.objects.select_for_update().filter(is_superuser=True, is_active=True))
    if [other.pk for other in able] == [user.pk]:
        raise Refused(
            f"{user.username} is the only administrator and cannot be {what}: make another one first."
        )
