"""What is remembered for a while: how often somebody tried to sign in, which codes were used. Django's cache,
kept beside all other rows, so that a restart forgets none of it and every process counts the same."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from django.core.cache.backends.base import DEFAULT_TIMEOUT, BaseCache
from django.db import models, transaction
from django.utils import timezone

FOREVER = datetime(9999, 1, 1, tzinfo=UTC)
LONGEST = 255


class Remembered(models.Model):
    """One thing, under its key, until some moment."""

    key = models.CharField(max_length=LONGEST, primary_key=True)
    value: models.JSONField[Any, Any] = models.JSONField(null=True)
    """JSON rather than Python's own format: reading a row can run nothing."""
    until = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.key


class Memory(BaseCache):
    """The cache. Reading writes nothing, so who reads waits for nobody; each change is one short transaction,
    and changes of the same key from several processes come one after the other.

    It is for what few requests touch: a page that needs no sign-in and no token never asks it anything.
    """

    PAUSE = 60.0
    """Seconds that lie at least between two removals of what is over."""
    _cleaned: ClassVar[float] = float("-inf")

    def __init__(self, location: str, params: dict[str, Any]) -> None:
        super().__init__(params)

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        row = _alive().filter(pk=self._key(key, version)).first()
        return default if row is None else row.value

    def add(
        self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> bool:
        own, until = self._key(key, version), self._until(timeout)
        self._clean()
        with transaction.atomic():
            Remembered.objects.filter(pk=own, until__lte=timezone.now()).delete()
            _, made = Remembered.objects.get_or_create(pk=own, defaults={"value": value, "until": until})
        return made

    def set(
        self, key: Any, value: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None
    ) -> None:
        row = Remembered(self._key(key, version), value, self._until(timeout))
        self._clean()
        Remembered.objects.bulk_create(
            [row], update_conflicts=True, unique_fields=["key"], update_fields=["value", "until"]
        )

    def touch(self, key: Any, timeout: float | None = DEFAULT_TIMEOUT, version: int | None = None) -> bool:
        return bool(_alive().filter(pk=self._key(key, version)).update(until=self._until(timeout)))

    def delete(self, key: Any, version: int | None = None) -> bool:
        gone, _ = Remembered.objects.filter(pk=self._key(key, version)).delete()
        return bool(gone)

    def incr(self, key: Any, delta: int = 1, version: int | None = None) -> int:
        """As Django's, and it stays for as long as it would have stayed. ValueError when it is not there."""
        own = self._key(key, version)
        with transaction.atomic():
            row = _alive().select_for_update().filter(pk=own).first()
            if row is None:
                raise ValueError(f"Nothing is remembered as {key}.")
            row.value += delta
            row.save(update_fields=["value"])
        return int(row.value)

    def clear(self) -> None:
        Remembered.objects.all().delete()

    def _key(self, key: Any, version: int | None) -> str:
        whole = self.make_key(key, version)
        return whole if len(whole) <= LONGEST else hashlib.sha256(whole.encode()).hexdigest()

    def _until(self, timeout: float | None) -> datetime:
        seconds = self.default_timeout if timeout is DEFAULT_TIMEOUT else timeout
        return FOREVER if seconds is None else timezone.now() + timedelta(seconds=seconds)

    def _clean(self) -> None:
        """Remove what is over, now and then."""
        if time.monotonic() - Memory._cleaned >= self.PAUSE:
            Memory._cleaned = time.monotonic()
            Remembered.objects.filter(until__lte=timezone.now()).delete()


def _alive() -> models.QuerySet[Remembered]:
    return Remembered.objects.filter(until__gt=timezone.now())
