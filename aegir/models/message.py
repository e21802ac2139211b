"""What Aegir tells people and programs: what is still to be delivered, and what became of it."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone

from aegir.errors import Refused
from aegir.models import feature
from aegir.models.secret import Secret
from aegir.models.subscription import Subscription
from aegir.models.task import Task

PURPOSE = "the text of a message"
PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=12),
)
"""How long after each try in vain the next one comes; after the last of them it is given up."""


class MessageQuerySet(models.QuerySet["Message"]):
    def due(self) -> MessageQuerySet:
        """What is to be tried now, the longest overdue first; nothing of what is switched off, and to an
        address that nobody confirmed only the question whether it may be."""
        waiting = self.filter(state=Message.State.WAITING, next_at__lte=timezone.now())
        wanted = Q(subscription__enabled=True, subscription__owner__is_active=True)
        if not feature.on("notifications"):
            wanted = Q(pk=None)
        elif not feature.on("webhooks"):
            wanted &= ~Q(kind=Subscription.Kind.WEBHOOK)
        willing = Q(asking=True) | Q(kind=Subscription.Kind.WEBHOOK) | Q(subscription__confirmed=F("target"))
        wanted &= willing
        return waiting.filter(Q(subscription=None) | wanted).order_by("next_at", "pk")


class Message(models.Model):
    """One thing to be delivered, at least once: kept until it went out, or too many tries failed."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        SENT = "sent", "sent"
        FAILED = "failed", "given up"

    number = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    """The same at every try, so that who receives it twice can tell."""
    kind = models.CharField(max_length=10, choices=Subscription.Kind.choices)
    target = models.CharField(max_length=500)
    subject = models.CharField(max_length=300, blank=True)
    """Of mail. Of a webhook, the event: ``task.failed``."""
    body = models.ForeignKey(Secret, null=True, on_delete=models.SET_NULL, related_name="+")
    """Sealed, since a welcome mail holds a link that signs in; gone once the message went out."""
    subscription = models.ForeignKey(
        Subscription, null=True, on_delete=models.CASCADE, related_name="messages"
    )
    """None for mail that nobody subscribed to, as a welcome."""
    asking = models.BooleanField(default=False)
    """Whether it asks at an address if the subscription's mail may go there."""
    task = models.ForeignKey(Task, null=True, on_delete=models.SET_NULL, related_name="messages")
    """May have ended more than once: one that was stuck ends again when it is resumed or given up."""
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    error = models.TextField(blank=True)
    """Why the last try failed."""
    created_at = models.DateTimeField(auto_now_add=True)
    sent_at = models.DateTimeField(null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "next_at"], name="message_due")]

    def __str__(self) -> str:
        return f"{self.kind} to {self.target}"

    @classmethod
    def put(
        cls, kind: str, target: str, subject: str, body: str, *, subscription: Subscription | None = None,
        task: Task | None = None, number: uuid.UUID | None = None, asking: bool = False,
    ) -> Message:  # fmt: skip
        """A new message that is due at once, in the caller's transaction."""
        with transaction.atomic():  # else the text, not yet a message's, might be taken for a left-over
            return cls.objects.create(
                kind=kind, target=target, subject=subject[:300], body=Secret.seal(body, PURPOSE), task=task,
                subscription=subscription, number=number or uuid.uuid4(), next_at=timezone.now(),
                asking=asking,
            )  # fmt: skip

    def begin(self) -> bool:
        """Count a try before it is made, so that one which kills its sender is not made for ever; False when
        the message is not waiting any more."""
        now = timezone.now()
        mine = Message.objects.filter(pk=self.pk, state=self.State.WAITING, attempts=self.attempts)
        next_at = self._next(now)
        if not mine.update(attempts=F("attempts") + 1, next_at=next_at):
            return False
        self.attempts, self.next_at = self.attempts + 1, next_at
        return True

    def _next(self, now: datetime) -> datetime:
        return now + PAUSES[min(self.attempts, len(PAUSES) - 1)]

    def sent(self) -> None:
        """It went out."""
        text = self.body_id
        self.state, self.error, self.sent_at, self.body = self.State.SENT, "", timezone.now(), None
        self._note(state=self.state, error="", sent_at=self.sent_at, body=None)
        Secret.objects.filter(pk=text or 0).delete()

    def failed(self, why: str, *, for_good: bool = False) -> None:
        """The try that began did not succeed; the last one, or one ``for_good``, is the end of it."""
        self.error = why
        if for_good or self.attempts > len(PAUSES):
            self.state = self.State.FAILED
        self._note(state=self.state, error=why)

    def _note(self, **fields: Any) -> None:
        """Write that down; nothing of a message that went with its subscription while it was under way."""
        Message.objects.filter(pk=self.pk).update(**fields)

    def again(self) -> None:
        """Send what was given up after all, with as many tries as at first; Refused for any other message."""
        if self.state != self.State.FAILED or self.body_id is None:
            raise Refused(
                f"Message {self.pk} is «{self.get_state_display()}»: only what was given up can be sent "
                "again."
            )
        if self.asking:
            raise Refused("Its link may be too old by now: send another link instead.")
        if self.subscription is not None:
            self.target = self.subscription.target
        self.state, self.attempts, self.next_at = self.State.WAITING, 0, timezone.now()
        self.save(update_fields=["state", "attempts", "next_at", "target"])
