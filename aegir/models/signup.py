"""Sign-ups that wait for a click on the link in a mail: nothing is built before."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta
from typing import Self

from django.db import models
from django.utils import timezone

LIFETIME = timedelta(hours=48)


class Signup(models.Model):
    """What somebody wishes, until he has shown that the address is his. Only the link's digest is kept."""

    digest = models.CharField(max_length=64, unique=True)
    email = models.CharField(max_length=254)
    name = models.CharField(max_length=150)
    organisation = models.CharField(max_length=200, blank=True)
    domain = models.CharField(max_length=253)
    platform = models.CharField(max_length=60)
    """By name: it may be gone by the time of the click."""
    profile = models.CharField(max_length=100)
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.domain} for {self.email}"

    @classmethod
    def begin(cls, **wishes: str) -> str:
        """Keep the wishes, and return the token of the link; what is too old goes by that."""
        cls.objects.filter(expires_at__lte=timezone.now()).delete()
        token = secrets.token_urlsafe(32)
        cls.objects.create(digest=_digest(token), expires_at=timezone.now() + LIFETIME, **wishes)
        return token

    @classmethod
    def of(cls, token: str) -> Self | None:
        """What the link stands for; None when it is unknown, used or too old."""
        return cls.objects.filter(digest=_digest(token), expires_at__gt=timezone.now()).first()

    def take(self) -> bool:
        """Use the link up; False when another click was faster."""
        gone, _ = type(self).objects.filter(pk=self.pk).delete()
        return bool(gone)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
