"""What must hold before anything starts."""

from __future__ import annotations

import getpass
import os
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


def default_home() -> str:
    """Where Aegir keeps its data when AEGIR_HOME does not say."""
    if os.geteuid() == 0:
        return "/var/aegir"
    return str(Path.home() / ".local/share/aegir")


def operator() -> str:
    """The user who owns code and configuration: root hands them to ``aegir``, others keep them."""
    return "aegir" if os.geteuid() == 0 else getpass.getuser()


def web_user() -> str:
    """The user whom PHP runs as: root can switch to Debian's web user, others can only be themselves."""
    return "www-data" if os.geteuid() == 0 else getpass.getuser()
