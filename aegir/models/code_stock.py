"""What a platform's code consisted of when it was last looked at."""

from __future__ import annotations

from typing import Any

from django.db import models

from aegir.models.platform import Platform


class CodeStock(models.Model):
    """A row of its own, since it is large and only a verification asks for it."""

    platform = models.OneToOneField(Platform, on_delete=models.CASCADE, related_name="stock")
    parts: models.JSONField[Any, Any] = models.JSONField(default=dict)
    """Part → digest, what it is, version. Of built code, which never changes, as it was when just built."""

    objects: models.Manager[CodeStock] = models.Manager()
