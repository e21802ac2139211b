"""People who sign in."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Self

from django.contrib.auth.models import AbstractUser
from django.db import models, transaction
from django.utils import timezone


class User(AbstractUser):
    """A person; ``is_superuser`` is the administrator's role, others come with clients."""


class SignInLink(models.Model):
    """A link that signs a user in to the panel once. Only its digest is kept."""

    user = models.ForeignKey(User, on_delete=models.CASCADE)
    digest = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    LIFETIME = timedelta(hours=24)

    @classmethod
    def mint(cls, user: User) -> str:
        """A new token for ``user``, shown this once; older unused ones of his die."""
        token = secrets.token_urlsafe(32)
        with transaction.atomic():
            cls.objects.filter(user=user, used_at=None).delete()
            cls.objects.create(user=user, digest=_digest(token), expires_at=timezone.now() + cls.LIFETIME)
        return token

    @classmethod
    def redeem(cls, token: str) -> User | None:
        """The user whom the token signs in; None when it is unknown, used or too old."""
        now = timezone.now()
        live: models.QuerySet[Self] = cls.objects.filter(
            digest=_digest(token), used_at=None, expires_at__gt=now, user__is_active=True
        )
        if not live.update(used_at=now):
            return None
        return cls.objects.select_related("user").get(digest=_digest(token)).user


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
