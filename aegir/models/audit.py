"""What was asked for: one row for every request for a change, each sealed by the digest of all before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from django.db import models, transaction
from django.utils import timezone

GENESIS = "0" * 64


class AuditEntry(models.Model):
    """One request for a change, and how it was answered. The database forbids to change or remove a row."""

    class Outcome(models.TextChoices):
        DONE = "done", "done"
        ACCEPTED = "accepted", "became a task"
        REFUSED = "refused", "refused"
        FORBIDDEN = "forbidden", "forbidden"
        FAILED = "failed", "failed"

    at = models.DateTimeField()
    actor = models.CharField(max_length=200)
    """Who asked, as tasks show it; "" for nobody known."""
    door = models.CharField(max_length=20)
    """page, api, token, command line, schedule."""
    address = models.CharField(max_length=60, blank=True)
    """The asker's network address, where there is one."""
    action = models.CharField(max_length=100)
    """The route's name: ``site_migrate``."""
    about = models.CharField(max_length=300, blank=True)
    """What it was about: ``example.org``."""
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    sentence = models.TextField(blank=True)
    """Why it was refused."""
    task = models.BigIntegerField(null=True)
    """The number of the task that it became."""
    details: models.JSONField[Any, Any] = models.JSONField(default=dict)
    """What was asked for exactly. No secrets."""
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64, unique=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["actor", "-id"], name="audit_of_actor")]

    def __str__(self) -> str:
        return f"{self.actor} {self.action} {self.about}: {self.outcome}"

    @classmethod
    def record(cls, **said: Any) -> AuditEntry:
        """Add a row to the chain."""
        with transaction.atomic():
            # The row that all take in turn: without it two could follow the same one.
            head, _ = AuditHead.objects.select_for_update().get_or_create(pk=1)
            entry = cls(at=timezone.now(), previous=head.digest, **said)
            entry.digest = entry.computed()
            entry.save(force_insert=True)
            AuditHead.objects.filter(pk=1).update(digest=entry.digest, length=head.length + 1)
        return entry

    def computed(self) -> str:
        """The digest that this row must have: SHA-256 over the one before and all that it says."""
        said = [self.previous, self.at.isoformat(), self.actor, self.door, self.address, self.action,
                self.about, self.outcome, self.sentence, self.task, self.details]  # fmt: skip
        text = json.dumps(said, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()

    @classmethod
    def broken(cls) -> Iterator[str]:
        """One sentence for each place where the chain does not hold; nothing when nobody tampered with it."""
        previous, length = GENESIS, 0
        for entry in cls.objects.order_by("pk").iterator(chunk_size=2000):
            length += 1
            if entry.previous != previous:
                yield f"Entry {entry.pk} does not follow the one before it: an entry is missing or was added."
            if entry.digest != entry.computed():
                yield f"Entry {entry.pk} was changed after it was written."
            previous = entry.digest
        head = AuditHead.objects.filter(pk=1).first() or AuditHead()
        if (head.digest, head.length) != (previous, length):
            yield f"There are {length} entries where {head.length} were written: the last ones are missing."


class AuditHead(models.Model):
    """Where the chain ends now."""

    digest = models.CharField(max_length=64, default=GENESIS)
    length = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.digest
