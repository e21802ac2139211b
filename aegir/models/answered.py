"""Requests that carried an idempotency key, and what they were answered."""

from __future__ import annotations

from django.db import models


class Answered(models.Model):
    """The same key from the same asker is answered with the same words, and nothing is done twice."""

    key = models.CharField(max_length=200)
    actor = models.CharField(max_length=200)
    digest = models.CharField(max_length=64)
    """SHA-256 over method, path and body: the same key with another request is refused."""
    status = models.PositiveSmallIntegerField(default=0)
    """0 while it is being answered."""
    body = models.TextField(blank=True)
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["actor", "key"], name="key_once_an_actor")]

    def __str__(self) -> str:
        return self.key
