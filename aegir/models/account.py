"""People who sign in, what they are here, and the links and tokens that stand for them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, Self

from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.utils import timezone

from aegir.errors import Refused


class User(AbstractUser):
    """A person; ``is_superuser`` is the administrator's role, the others are grants."""


class Grant(models.Model):
    """A role that a person was given, beside what belonging to clients makes of him."""

    class Role(models.TextChoices):
        PLATFORM_MANAGER = "platform_manager", "platform manager"
        ACCOUNT_MANAGER = "account_manager", "account manager"

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="grants")
    role = models.CharField(max_length=20, choices=Role.choices)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "role"], name="role_once_a_user")]

    def __str__(self) -> str:
        return self.role


class SignInLink(models.Model):
    """A link that signs a user in to the panel once. Only its digest is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    whole = models.BooleanField(default=False)
    """Whether it stands for the second factor too: only one that was printed on the machine itself does."""

    LIFETIME = timedelta(hours=24)

    @classmethod
    def mint(cls, user: User, *, whole: bool = False) -> str:
        """A new token for ``user``, shown this once; older unused ones of his die."""
        token = secrets.token_urlsafe(32)
        with transaction.atomic():
            cls.objects.filter(user=user, used_at=None).delete()
            expires = timezone.now() + cls.LIFETIME
            cls.objects.create(user=user, digest=_digest(token), expires_at=expires, whole=whole)
        return token

    @classmethod
    def redeem(cls, token: str) -> SignInLink | None:
        """The link of that token, used up by this; None when it is unknown, used or too old."""
        now = timezone.now()
        live: models.QuerySet[Self] = cls.objects.filter(
            digest=_digest(token), used_at=None, expires_at__gt=now, user__is_active=True
        )
        if not live.update(used_at=now):
            return None
        return cls.objects.select_related("user").get(digest=_digest(token))


class ApiToken(models.Model):
    """Lets a program act for a person, within scopes, for a time. Only its digest is kept."""

    PREFIX = "aegir_"
    LONGEST = 3650

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=60)
    """What it is for, for people."""
    digest = models.CharField(max_length=64, unique=True)
    hint = models.CharField(max_length=12)
    """How it begins, so that its owner can tell it from others."""
    scopes: models.JSONField[Any, Any] = models.JSONField(default=list)
    """As ``access.SCOPES`` has them."""
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.hint}…)"

    @classmethod
    def mint(cls, user: User, name: str, scopes: Iterable[str], days: int) -> tuple[ApiToken, str]:
        """A new token and the text of it, shown this once; Refused when a value does not fit."""
        if not name.strip() or len(name.strip()) > 60:
            raise Refused("Say in up to 60 characters what the token is for.", field="name")
        if not 1 <= days <= cls.LONGEST:
            raise Refused(f"A token lives for 1 to {cls.LONGEST} days, not {days}.", field="days")
        text = cls.PREFIX + secrets.token_urlsafe(32)
        row = cls.objects.create(
            user=user, name=name.strip(), digest=_digest(text), hint=text[:12], scopes=sorted(set(scopes)),
            expires_at=timezone.now() + timedelta(days=days),
        )  # fmt: skip
        return row, text

    @classmethod
    def of(cls, text: str) -> ApiToken | None:
        """The living token of that text, its use noted once a minute; None for any other text."""
        now = timezone.now()
        row = cls.objects.select_related("user").filter(
            digest=_digest(text), expires_at__gt=now, user__is_active=True
        ).first()  # fmt: skip
        if row and (row.last_used_at is None or now - row.last_used_at > timedelta(minutes=1)):
            cls.objects.filter(pk=row.pk).update(last_used_at=now)
        return row


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
