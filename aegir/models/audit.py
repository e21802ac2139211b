"""What was asked for: one row for every request for a change, each sealed by the digest of all before it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import UTC
from typing import Any

from django.db import models, transaction
from django.utils import timezone

GENESIS = "0" * 64
SAID = ("at", "actor", "door", "address", "action", "about", "outcome", "sentence", "task", "details")
"""What a row says, in the order in which its digest covers it."""
LARGEST = 2**53
"""Numbers beyond it are not the same to everybody who reads JSON."""


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
            entry = cls(at=timezone.now(), previous=head.digest, **_storable(said))
            entry.digest = entry.computed()
            entry.save(force_insert=True)
            AuditHead.objects.filter(pk=1).update(digest=entry.digest, length=head.length + 1)
        return entry

    def computed(self) -> str:
        """The digest that this row must have: SHA-256 over the one before and all that it says."""
        return digest(self.previous, *(getattr(self, name) for name in SAID))

    @classmethod
    def broken(cls) -> Iterator[str]:
        """One sentence for each place where the chain does not hold; nothing when nobody tampered with it."""
        previous, length = GENESIS, 0
        rows = cls.objects.order_by("pk").values_list("pk", "previous", "digest", *SAID)
        for number, before, its_digest, *said in rows.iterator(chunk_size=5000):
            length += 1
            if before != previous:
                yield f"Entry {number} does not follow the one before it: an entry is missing or was added."
            if its_digest != digest(before, *said):
                yield f"Entry {number} was changed after it was written."
            previous = its_digest
        head = AuditHead.objects.filter(pk=1).first() or AuditHead()
        if (head.digest, head.length) != (previous, length):
            what = "was added" if length > head.length else "is missing or was changed"
            yield f"There are {length} entries where {head.length} were written: the end {what}."


def digest(previous: str, at: Any, *said: Any) -> str:
    """SHA-256 over the digest before and what a row says, in the order of ``SAID``."""
    told = [previous, at.astimezone(UTC).isoformat(), *said]
    text = json.dumps(told, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _storable(value: Any) -> Any:
    """The value as any database gives it back, letter by letter, so that its digest stays right."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode().replace("\0", "?")
    if isinstance(value, dict):
        return {str(_storable(name)): _storable(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_storable(each) for each in value]
    if isinstance(value, float) or (isinstance(value, int) and abs(value) > LARGEST):
        return str(value)
    return value


class AuditHead(models.Model):
    """Where the chain ends now."""

    digest = models.CharField(max_length=64, default=GENESIS)
    length = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return self.digest
