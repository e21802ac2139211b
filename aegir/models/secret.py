"""Secrets, sealed: the database holds ciphertext, the key lies beside it in a file of its own."""

from __future__ import annotations

import secrets
from functools import cache
from pathlib import Path
from typing import Self

from cryptography.fernet import Fernet
from django.conf import settings
from django.db import models

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789"
"""No character that any shell, SQL, PHP or nginx text treats specially, none that looks like another."""


class Secret(models.Model):
    """One value that is never shown: steps and rows carry its id, ``reveal`` is for the moment of use."""

    purpose = models.CharField(max_length=100)
    """What it is for, for people: «database password of example.org»."""
    sealed = models.BinaryField()
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"secret {self.pk} ({self.purpose})"

    @classmethod
    def seal(cls, value: str, purpose: str) -> Self:
        """Keep a value."""
        return cls.objects.create(purpose=purpose, sealed=_box().encrypt(value.encode()))

    @classmethod
    def generate(cls, purpose: str, length: int = 32) -> Self:
        """Keep a new random value of ``length`` characters (about 5.8 bits each)."""
        return cls.seal("".join(secrets.choice(ALPHABET) for _ in range(length)), purpose)

    def reveal(self) -> str:
        """The value itself. Raises cryptography's InvalidToken when the key file is not the one it was
        sealed with."""
        return _box().decrypt(bytes(self.sealed)).decode()


def lock(value: str) -> str:
    """The value sealed, for rows of other libraries, which keep their secrets themselves."""
    return _box().encrypt(value.encode()).decode()


def unlock(text: str) -> str:
    """What ``lock`` sealed. Raises cryptography's InvalidToken as ``reveal`` does."""
    return _box().decrypt(text.encode()).decode()


@cache
def _box() -> Fernet:
    path = Path(settings.AEGIR_HOME) / "secret.key"
    return Fernet(path.read_bytes().strip())
