"""What opens other hosts to Aegir when it fetches code. Platforms name them; nobody is shown them."""

from __future__ import annotations

from django.db import models

from aegir.models.secret import Secret


class Credential(models.Model):
    """One token, password or key, for one host."""

    class Kind(models.TextChoices):
        TOKEN = "token", "token"
        PASSWORD = "password", "user and password"
        KEY = "key", "SSH key"

    name = models.CharField(max_length=60, unique=True)
    host = models.CharField(max_length=253)
    """For which alone it is used, in lower case."""
    kind = models.CharField(max_length=10, choices=Kind.choices)
    user = models.CharField(max_length=100, blank=True)
    secret = models.OneToOneField(Secret, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.get_kind_display()} for {self.host})"
