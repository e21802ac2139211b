"""Where the data lies and as whom things run, when the environment does not say. Without Django: the command
line needs it and must start at once."""

from __future__ import annotations

import getpass
import os
from pathlib import Path

MODES = {
    "": 0o711, "secret.key": 0o600, "django.key": 0o600, "aegir.sqlite3": 0o600, "aegir.sqlite3-wal": 0o600,
    "aegir.sqlite3-shm": 0o600, "run": 0o711, "log": 0o711, "config": 0o711, "platforms": 0o711,
    "sqlite": 0o711, "kept": 0o700, "sources": 0o711, "backups": 0o711, "backups/panel": 0o700,
}  # fmt: skip
"""Path below the data folder → the mode that it must have, for what a verification sets right."""


def default_home() -> str:
    """Where Aegir keeps its data when AEGIR_HOME does not say."""
    if os.geteuid() == 0:
        return "/var/aegir"
    return str(Path.home() / ".local/share/aegir")


def operator() -> str:
    """The user who owns code and configuration: root hands them to ``aegir``, others keep them."""
    return "aegir" if os.geteuid() == 0 else getpass.getuser()


def builder() -> str:
    """Whom programs run as that build foreign code: who owns nothing and may read nothing of Aegir's."""
    return "nobody" if os.geteuid() == 0 else getpass.getuser()


def web_user() -> str:
    """The user whom PHP runs as: root can switch to Debian's web user, others can only be themselves."""
    return "www-data" if os.geteuid() == 0 else getpass.getuser()
