"""What must hold before anything starts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, register


@register()
def secret_key_is_private(**_: Any) -> list[CheckMessage]:
    """The key that seals every secret must be readable by its owner alone."""
    path = Path(settings.AEGIR_HOME) / "secret.key"
    if path.exists() and path.stat().st_mode & 0o077:
        return [Error(f"{path} can be read by others.", hint=f"Run: chmod 600 {path}", id="aegir.E001")]
    return []
