"""Requests that carried an idempotency key, and what they were answered."""

from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, models, transaction
from django.utils import timezone


class Answered(models.Model):
    """The same key from the same asker is answered with the same words, and nothing is done twice."""

    KEPT = timedelta(hours=24)

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

    @classmethod
    def begin(cls, key: str, actor: str, digest: str) -> tuple[Answered, bool]:
        """The row of that key, and whether it was made now: then whoever asks answers the request, and says
        ``keep`` or ``forget``. Rows that are too old go first."""
        cls.objects.filter(at__lt=timezone.now() - cls.KEPT).delete()
        try:
            with transaction.atomic():
                return cls.objects.create(key=key, actor=actor, digest=digest), True
        except IntegrityError:
            row = cls.objects.filter(key=key, actor=actor).first()
        # Forgotten between the two: it was answered with something that is not kept.
        return (row, False) if row else cls.begin(key, actor, digest)

    def keep(self, status: int, body: str) -> None:
        """This is what the same request is answered from now on."""
        type(self).objects.filter(pk=self.pk).update(status=status, body=body)

    def forget(self) -> None:
        """The same request is done anew."""
        type(self).objects.filter(pk=self.pk).delete()
