"""What Aegir tells people and programs: who wants to hear of what, and what is still to be delivered."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models

from aegir.models.client import Client
from aegir.models.secret import Secret
from aegir.models.site import Site
from aegir.models.task import Task


class Subscription(models.Model):
    """Somebody's wish to hear how tasks end. Everything that is named narrows it."""

    class Kind(models.TextChoices):
        EMAIL = "email", "e-mail"
        WEBHOOK = "webhook", "webhook"

    name = models.CharField(max_length=60)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    target = models.CharField(max_length=500)
    """An e-mail address, or an http(s) address."""
    secret = models.ForeignKey(Secret, null=True, on_delete=models.SET_NULL, related_name="+")
    """Signs a webhook's messages."""
    outcomes: models.JSONField[Any, Any] = models.JSONField(default=list)
    """States in which a task may end: ``["failed", "stuck"]``."""
    operations: models.JSONField[Any, Any] = models.JSONField(default=list)
    """Operations by name; [] for all."""
    site = models.ForeignKey(Site, null=True, on_delete=models.CASCADE, related_name="+")
    client = models.ForeignKey(Client, null=True, on_delete=models.CASCADE, related_name="+")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="subscriptions"
    )
    """Who made it: it tells of nothing that he may not see."""
    enabled = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Message(models.Model):
    """One thing to be delivered, at least once: kept until it went out, or too many tries failed."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        SENT = "sent", "sent"
        FAILED = "failed", "given up"

    kind = models.CharField(max_length=10, choices=Subscription.Kind.choices)
    target = models.CharField(max_length=500)
    subject = models.CharField(max_length=300, blank=True)
    body = models.ForeignKey(Secret, null=True, on_delete=models.SET_NULL, related_name="+")
    """Sealed, since a welcome mail holds a link that signs in; gone once the message went out."""
    subscription = models.ForeignKey(
        Subscription, null=True, on_delete=models.CASCADE, related_name="messages"
    )
    """None for mail that nobody subscribed to, as a welcome."""
    task = models.ForeignKey(Task, null=True, on_delete=models.SET_NULL, related_name="messages")
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    error = models.TextField(blank=True)
    """Why the last try failed."""
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subscription", "task"], name="told_once_a_task"),
        ]
        indexes = [models.Index(fields=["state", "next_at"], name="message_due")]

    def __str__(self) -> str:
        return f"{self.kind} to {self.target}"
